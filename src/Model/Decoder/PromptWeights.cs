using SamNative.Kernels;

namespace SamNative;

/// <summary>The packed weights of the prompt encoder.</summary>
internal sealed unsafe class PromptWeights
{
    private readonly Frame frame;
    private readonly NativeBuffer positions;

    public PromptWeights(WeightLoader loader, DecoderGeometry g)
    {
        const string Prefix = "prompt_encoder.";
        PositionEncoding = new PositionEncoding(loader.Read(Prefix + "pe_layer.positional_encoding_gaussian_matrix"));
        Points = new NativeBuffer[4];
        for (int i = 0; i < Points.Length; i++)
        {
            Points[i] = loader.Vector($"{Prefix}point_embeddings.{i}.weight");
        }

        NotAPoint = loader.Vector(Prefix + "not_a_point_embed.weight");
        NoMask = loader.Vector(Prefix + "no_mask_embed.weight");

        const string Mask = Prefix + "mask_downscaling.";
        int first = g.MaskChannels / 4;
        Mask1 = loader.Linear(Mask + "0", 4, first);
        MaskNorm1 = loader.Norm(Mask + "1", Norm.Epsilon6);
        Mask2 = loader.Linear(
            Mask + "3.weight", Mask + "3.bias", 4 * first, LinearMap.PatchOfPaddedChannels(first, 2, g.MaskChannels));
        MaskNorm2 = loader.Norm(Mask + "4", Norm.Epsilon6);
        Mask3 = loader.Linear(Mask + "6", g.MaskChannels, g.Width);

        frame = g.Frame;
        positions = loader.Buffer(g.ImageRowsFloats);
        PositionEncoding.FillFrame(frame, positions.Pointer, g.Stride);
    }

    public PositionEncoding PositionEncoding { get; }

    /// <summary>What is added to a negative point, a positive point, a box's top left and its bottom right: [Width] each.</summary>
    public NativeBuffer[] Points { get; }

    /// <summary>[Width]: the token that stands for no point.</summary>
    public NativeBuffer NotAPoint { get; }

    /// <summary>[Width]: what is added to every image token where no mask is given.</summary>
    public NativeBuffer NoMask { get; }

    /// <summary>The convolutions that embed a mask, 2 x 2, 2 x 2 and 1 x 1.</summary>
    public Linear Mask1 { get; }

    public Norm MaskNorm1 { get; }

    /// <inheritdoc cref="Mask1"/>
    public Linear Mask2 { get; }

    public Norm MaskNorm2 { get; }

    /// <inheritdoc cref="Mask1"/>
    public Linear Mask3 { get; }

    /// <summary>
    /// [ImageTokens, Stride]: the position encoding of every image token. Those of the model's own frame are here, for all
    /// who decode; a frame that is cut from it at the bottom has the first of them. Null for any other frame.
    /// </summary>
    public float* PositionsOf(Frame other) =>
        other.Columns == frame.Columns && other.Side() == frame.Side() ? positions.Pointer : null;
}
