using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Everything a decoder writes to besides its results: the picture's tokens, which decoders may share, what one prompt
/// needs, and scratch for each worker.
/// </summary>
internal sealed unsafe class DecoderWorkspace : IDisposable
{
    /// <summary>Image tokens of a piece of work.</summary>
    public const int RowBlock = 64;

    private readonly NativeBuffer memory;
    private NativeBuffer? withMask;
    private PromptTokens tokens;

    public DecoderWorkspace(DecoderGeometry geometry, KernelSet kernels, PictureTokens picture, int workers)
    {
        Geometry = geometry;
        Kernels = kernels;
        Picture = picture;
        nint imageTokens = geometry.ImageRowsFloats;
        AttentionHead head = geometry.ImageHead;
        nint keys = geometry.Heads * head.KeyFloats;
        nint values = geometry.Heads * head.ValueFloats;
        int zeros = Math.Max(geometry.Stride, geometry.PairStride);
        memory = new NativeBuffer(imageTokens + keys + values + zeros);
        Image = memory.Pointer;
        Projection = new ImageProjection(null, Image + imageTokens, Image + imageTokens + keys);
        Zeros = Projection.Values + values;
        Scratch = new DecoderScratch[workers];
        for (int i = 0; i < workers; i++)
        {
            Scratch[i] = new DecoderScratch(geometry, kernels);
        }

        Sums = new ImageSums(geometry);
        tokens = new PromptTokens(geometry, kernels, capacity: 16);
    }

    public DecoderGeometry Geometry { get; }

    public KernelSet Kernels { get; }

    public PictureTokens Picture { get; }

    /// <summary>[ImageTokens, Stride]: the image tokens as the layers change them for the current prompt.</summary>
    public float* Image { get; }

    /// <summary>What a long prompt's layers make of them, or the first layer of those with a mask; no queries.</summary>
    public ImageProjection Projection { get; }

    /// <summary>[Stride, or PairStride]: a bias of zeros, never written.</summary>
    public float* Zeros { get; }

    public DecoderScratch[] Scratch { get; }

    /// <summary>What a short prompt's tokens gather from the image.</summary>
    public ImageSums Sums { get; }

    /// <summary>The prompt's side; grows with the longest prompt.</summary>
    public PromptTokens Tokens => tokens;

    /// <summary>[ImageTokens, Stride]: the embedding plus an embedded mask; there once it was reserved.</summary>
    public float* WithMask => withMask!.Pointer;

    /// <summary>Makes room for mask prompts, which many predictors never see.</summary>
    public void ReserveWithMask() =>
        withMask ??= new NativeBuffer(Geometry.ImageRowsFloats);

    /// <summary>Makes room for prompts of this many tokens; the tokens' own, which says how many fit, comes last.</summary>
    public void Reserve(int count)
    {
        if (count <= tokens.Capacity)
        {
            return;
        }

        foreach (DecoderScratch scratch in Scratch)
        {
            scratch.Reserve(count);
        }

        NativeBuffer.Replace(ref tokens!, new PromptTokens(Geometry, Kernels, Lane.RoundUp(count)));
    }

    public void Dispose()
    {
        memory.Dispose();
        withMask?.Dispose();
        Picture.Dispose();
        Sums.Dispose();
        tokens.Dispose();
        foreach (DecoderScratch scratch in Scratch)
        {
            scratch.Dispose();
        }
    }
}
