using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The image tokens of a picture and what the decoder's first layer makes of them, the same for all prompts without a
/// mask. Decoders of several threads may share it once it is filled, and dispose it together.
/// </summary>
internal sealed unsafe class PictureTokens : IDisposable
{
    private readonly NativeBuffer memory;

    public PictureTokens(DecoderGeometry g, PromptWeights prompt)
    {
        Frame = g.Frame;
        nint tokens = g.ImageRowsFloats;
        nint blocks = (g.ImageTokens + DecoderWorkspace.RowBlock - 1) / DecoderWorkspace.RowBlock;
        nint queries = blocks * g.QueryBlockFloats;
        nint keys = g.Heads * g.ImageHead.KeyFloats;
        nint values = g.Heads * g.ImageHead.ValueFloats;
        Positions = prompt.PositionsOf(Frame);
        bool ownsPositions = Positions == null;
        memory = new NativeBuffer((2 * tokens) + queries + keys + values + (ownsPositions ? tokens : 0));
        Embedding = memory.Pointer;
        WithoutMask = Embedding + tokens;
        float* projected = WithoutMask + tokens;
        Projection = new ImageProjection(projected, projected + queries, projected + queries + keys);
        if (ownsPositions)
        {
            Positions = Projection.Values + values;
            prompt.PositionEncoding.FillFrame(Frame, Positions, g.Stride);
        }
    }

    /// <summary>The frame of all pictures that are taken in.</summary>
    public Frame Frame { get; }

    /// <summary>[ImageTokens, Stride]: the position encoding of every image token.</summary>
    public float* Positions { get; }

    /// <summary>[ImageTokens, Stride]: the picture's embedding, channels last.</summary>
    public float* Embedding { get; }

    /// <summary>[ImageTokens, Stride]: the embedding plus no_mask_embed; what prompts without a mask begin with.</summary>
    public float* WithoutMask { get; }

    /// <summary>Whether <see cref="Projection"/> is that of <see cref="WithoutMask"/>.</summary>
    public bool IsProjected { get; set; }

    /// <summary>What the first layer makes of <see cref="WithoutMask"/>.</summary>
    public ImageProjection Projection { get; }

    public void Dispose() => memory.Dispose();
}
