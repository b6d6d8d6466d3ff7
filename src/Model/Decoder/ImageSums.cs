using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// What the image tokens add up to for pairs of head and prompt token, part by part: a part's softmax is taken for itself,
/// with an integer shift, so that parts can be put on one scale exactly. Parts have a constant height and are added in
/// order, whoever makes them.
/// </summary>
internal sealed unsafe class ImageSums : IDisposable
{
    /// <summary>Row blocks of a part.</summary>
    public const int PartBlocks = 4;

    /// <summary>Image tokens of a part. A constant of the arithmetic: it shapes the sums' order.</summary>
    public const int PartRows = PartBlocks * DecoderWorkspace.RowBlock;

    private readonly NativeBuffer memory;
    private readonly nint imageFloats;
    private readonly nint pairs;

    public ImageSums(DecoderGeometry g)
    {
        Parts = (g.ImageTokens + PartRows - 1) / PartRows;
        pairs = g.PairStride;
        imageFloats = (pairs + RowLayout.SpareRows) * g.Stride;
        memory = new NativeBuffer(Parts * PartFloats);
    }

    /// <summary>Parts of all image tokens.</summary>
    public int Parts { get; }

    private nint PartFloats => imageFloats + (pairs * Lane.Count) + pairs;

    /// <summary>[pairs, Stride]: image tokens, weighted and added.</summary>
    public float* Image(int part) => memory.Pointer + (part * PartFloats);

    /// <summary>[pairs, 16]: the sums of the probabilities, in lanes.</summary>
    public float* Probabilities(int part) => Image(part) + imageFloats;

    /// <summary>[pairs]: probabilities are to be multiplied by two to this power.</summary>
    public float* Shifts(int part) => Probabilities(part) + (pairs * Lane.Count);

    public void Dispose() => memory.Dispose();
}
