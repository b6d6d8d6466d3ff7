using SamNative.Kernels;

namespace SamNative;

/// <summary>The tokens of one prompt and what the decoder makes of them.</summary>
internal sealed unsafe class PromptTokens : IDisposable
{
    private readonly NativeBuffer memory;
    private readonly FoldedPrompt?[] folded = new FoldedPrompt[FoldedPrompt.MostTokens + 1];
    private readonly DecoderGeometry g;
    private readonly KernelSet kernels;

    public PromptTokens(DecoderGeometry geometry, KernelSet kernelSet, int capacity)
    {
        g = geometry;
        kernels = kernelSet;
        Capacity = capacity;
        HiddenStride = Math.Max(MatrixProduct.HiddenStride, RowLayout.Stride(g.Hidden));
        nint rows = capacity + RowLayout.SpareRows;
        nint stride = g.Stride;
        nint heads = Math.Max(g.HeadsStride(g.SelfHeadDim), g.HeadsStride(g.CrossHeadDim));
        nint keys = (nint)g.Heads * g.SelfHeadDim * Lane.RoundUp(capacity);
        nint sums = MatrixProduct.RowsInTiles(kernels, capacity) * stride;
        memory = new NativeBuffer(
            (3 * rows * stride) + (3 * rows * heads) + keys + (rows * HiddenStride) + sums
            + (RowLayout.SpareRows * (nint)Lane.RoundUp(g.Upscaled2)));
        Initial = memory.Pointer;
        Current = Initial + (rows * stride);
        Positioned = Current + (rows * stride);
        Queries = Positioned + (rows * stride);
        Values = Queries + (rows * heads);
        Attended = Values + (rows * heads);
        Keys = Attended + (rows * heads);
        Hidden = Keys + keys;
        Sums = Hidden + (rows * HiddenStride);
        MaskVectors = Sums + sums;
        SelfLayout = new HeadLayout[capacity + 1];
        CrossLayout = new HeadLayout[capacity + 1];
    }

    /// <summary>The most tokens that fit.</summary>
    public int Capacity { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; set; }

    /// <summary>[Count, Stride]: as they came, which is also their position encoding.</summary>
    public float* Initial { get; }

    /// <summary>[Count, Stride]: as the layers change them.</summary>
    public float* Current { get; }

    /// <summary>Leaves the IoU token and those of some masks, one after the other.</summary>
    public void KeepOutputs(MaskChoice masks)
    {
        MoveUp(Initial);
        MoveUp(Current);
        Count = 1 + masks.Count;

        void MoveUp(float* tokens)
        {
            ReadOnlySpan<float> kept = new(tokens + ((nint)(1 + masks.First) * g.Stride), masks.Count * g.Stride);
            kept.CopyTo(new Span<float>(tokens + g.Stride, kept.Length));
        }
    }

    /// <summary>[Count, Stride]: with their position encoding.</summary>
    public float* Positioned { get; }

    /// <summary>[Count, heads].</summary>
    public float* Queries { get; }

    /// <summary>[heads, Count, head].</summary>
    public float* Values { get; }

    /// <summary>[Count, heads].</summary>
    public float* Attended { get; }

    /// <summary>[heads, head, Count]: keys, transposed.</summary>
    public float* Keys { get; }

    /// <summary>Floats from one token's hidden channels to the next one's.</summary>
    public nint HiddenStride { get; }

    /// <summary>[Count, HiddenStride].</summary>
    public float* Hidden { get; }

    /// <summary>[Count in whole tiles, Stride]: what chunks of a hidden layer add up to.</summary>
    public float* Sums { get; }

    /// <summary>[masks in whole tiles, Upscaled2 lanes]: the hypernetworks' results.</summary>
    public float* MaskVectors { get; }

    /// <summary>The layout of keys and values by number of tokens, made when first needed.</summary>
    public HeadLayout?[] SelfLayout { get; }

    /// <inheritdoc cref="SelfLayout"/>
    public HeadLayout?[] CrossLayout { get; }

    /// <summary>Room for the current prompt's folded weights, made when first needed; null where it is too long.</summary>
    public FoldedPrompt? Folded =>
        Count > FoldedPrompt.MostTokens ? null : folded[Count] ??= new FoldedPrompt(g, kernels, Count);

    public void Dispose()
    {
        memory.Dispose();
        foreach (FoldedPrompt? prompt in folded)
        {
            prompt?.Dispose();
        }
    }
}
