using SamNative.Kernels;

namespace SamNative;

/// <summary>What one worker needs for itself.</summary>
internal sealed unsafe class DecoderScratch : IDisposable
{
    private readonly NativeBuffer memory;
    private readonly DecoderGeometry g;
    private readonly KernelSet kernels;
    private NativeBuffer attention;
    private AttentionLimits limits;

    public DecoderScratch(DecoderGeometry geometry, KernelSet kernelSet)
    {
        g = geometry;
        kernels = kernelSet;
        nint rows = DecoderWorkspace.RowBlock + RowLayout.SpareRows;
        nint heads = rows * g.HeadsStride(g.CrossHeadDim);
        nint up1 = ((4 * DecoderWorkspace.RowBlock) + RowLayout.SpareRows)
            * Math.Max(Lane.RoundUp(g.Upscaled1), Lane.RoundUp(g.MaskChannels));
        nint up2 = ((16 * DecoderWorkspace.RowBlock) + RowLayout.SpareRows) * Lane.RoundUp(g.Upscaled2);
        nint vector = RowLayout.SpareRows * (nint)Lane.RoundUp(Math.Max(g.Width, g.IouHidden));
        nint pairs = rows * g.PairStride;
        nint columns = (g.PairStride + RowLayout.SpareRows) * (nint)DecoderGeometry.ColumnStride;
        nint probabilities = (g.PairStride + RowLayout.SpareRows) * (nint)DecoderGeometry.PartStride;
        nint largest = g.PairStride * (nint)Lane.Count;
        memory = new NativeBuffer(
            MatrixProduct.TileFloats + (rows * g.Stride) + (2 * heads) + pairs + columns + probabilities + largest + g.PairStride + up1
            + up2 + (2 * vector));
        Tile = memory.Pointer;
        Rows = Tile + MatrixProduct.TileFloats;
        Queries = Rows + (rows * g.Stride);
        Attended = Queries + heads;
        Pairs = Attended + heads;
        Columns = Pairs + pairs;
        Probabilities = Columns + columns;
        Largest = Probabilities + probabilities;
        Scales = Largest + largest;
        Upscaled1 = Scales + g.PairStride;
        Upscaled2 = Upscaled1 + up1;
        Vector1 = Upscaled2 + up2;
        Vector2 = Vector1 + vector;
        limits = Limits(g.Columns);
        attention = new NativeBuffer(limits.Floats(kernels));
    }

    public float* Tile { get; }

    /// <summary>[RowBlock, Stride]: image tokens with their positions, or what is added to them.</summary>
    public float* Rows { get; }

    /// <summary>[RowBlock, heads].</summary>
    public float* Queries { get; }

    /// <summary>[RowBlock, heads].</summary>
    public float* Attended { get; }

    /// <summary>[RowBlock, PairStride]: for each image token, logits or probabilities of pairs of head and prompt token.</summary>
    public float* Pairs { get; }

    /// <summary>[PairStride, ColumnStride]: the same, transposed.</summary>
    public float* Columns { get; }

    /// <summary>[PairStride, PartStride]: for each pair, logits or probabilities of a part's image tokens.</summary>
    public float* Probabilities { get; }

    /// <summary>[PairStride, 16]: lanes of the largest logit of a pair.</summary>
    public float* Largest { get; }

    /// <summary>[PairStride].</summary>
    public float* Scales { get; }

    /// <summary>[4 * RowBlock, Upscaled1 lanes].</summary>
    public float* Upscaled1 { get; }

    /// <summary>[16 * RowBlock, Upscaled2 lanes].</summary>
    public float* Upscaled2 { get; }

    /// <summary>One row of a hidden layer of <see cref="OutputMlp"/>.</summary>
    public float* Vector1 { get; }

    /// <inheritdoc cref="Vector1"/>
    public float* Vector2 { get; }

    /// <summary>A block of up to RowBlock queries.</summary>
    public AttentionBlock Attention => new(kernels, limits, attention.Pointer);

    public void Reserve(int tokens)
    {
        AttentionLimits next = Limits(Math.Max(g.Columns, tokens));
        NativeBuffer.Replace(ref attention!, new NativeBuffer(next.Floats(kernels)));
        limits = next;
    }

    public void Dispose()
    {
        memory.Dispose();
        attention.Dispose();
    }

    private AttentionLimits Limits(int keysPerGroup) =>
        new(DecoderWorkspace.RowBlock, Lane.RoundUp(g.SelfHeadDim), Lane.RoundUp(keysPerGroup), g.Rows);
}
