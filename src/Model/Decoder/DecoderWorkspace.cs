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
    private NativeBuffer? maskSource;
    private TokenBuffers tokens;

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
        Keys = memory.Pointer;
        K = Keys + imageTokens;
        V = K + keys;
        Zeros = V + values;
        Scratch = new DecoderScratch[workers];
        for (int i = 0; i < workers; i++)
        {
            Scratch[i] = new DecoderScratch(geometry, kernels);
        }

        Sums = new ImageSums(geometry);
        tokens = new TokenBuffers(geometry, kernels, capacity: 16);
    }

    public DecoderGeometry Geometry { get; }

    public KernelSet Kernels { get; }

    public PictureTokens Picture { get; }

    /// <summary>[ImageTokens, Stride]: the image tokens of the current prompt.</summary>
    public float* Keys { get; }

    /// <summary>Keys and values of a long prompt's image tokens, or of those with a mask, per head.</summary>
    public float* K { get; }

    /// <inheritdoc cref="K"/>
    public float* V { get; }

    /// <summary>[Stride, or PairStride]: a bias of zeros, never written.</summary>
    public float* Zeros { get; }

    public DecoderScratch[] Scratch { get; }

    /// <summary>What a short prompt's tokens gather from the image.</summary>
    public ImageSums Sums { get; }

    /// <summary>The prompt's side; grows with the longest prompt.</summary>
    public TokenBuffers Tokens => tokens;

    /// <summary>[ImageTokens, Stride]: the embedding plus an embedded mask; there once it was reserved.</summary>
    public float* MaskSource => maskSource!.Pointer;

    /// <summary>Makes room for mask prompts, which many predictors never see.</summary>
    public void ReserveMaskSource() =>
        maskSource ??= new NativeBuffer(Geometry.ImageRowsFloats);

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

        NativeBuffer.Replace(ref tokens!, new TokenBuffers(Geometry, Kernels, Lane.RoundUp(count)));
    }

    public void Dispose()
    {
        memory.Dispose();
        maskSource?.Dispose();
        Picture.Dispose();
        Sums.Dispose();
        tokens.Dispose();
        foreach (DecoderScratch scratch in Scratch)
        {
            scratch.Dispose();
        }
    }
}

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
        nint vector = RowLayout.SpareRows * (nint)Lane.RoundUp(Math.Max(g.Width, g.HeadHidden));
        nint pairs = rows * g.PairStride;
        nint columns = (g.PairStride + RowLayout.SpareRows) * (nint)DecoderGeometry.ColumnStride;
        nint weights = (g.PairStride + RowLayout.SpareRows) * (nint)DecoderGeometry.WeightStride;
        nint largest = g.PairStride * (nint)Lane.Count;
        memory = new NativeBuffer(
            MatrixProduct.TileFloats + (rows * g.Stride) + (2 * heads) + pairs + columns + weights + largest + g.PairStride + up1
            + up2 + (2 * vector));
        Tile = memory.Pointer;
        A = Tile + MatrixProduct.TileFloats;
        Queries = A + (rows * g.Stride);
        Attended = Queries + heads;
        Pairs = Attended + heads;
        Columns = Pairs + pairs;
        Weights = Columns + columns;
        Largest = Weights + weights;
        Scales = Largest + largest;
        Upscaled1 = Scales + g.PairStride;
        Upscaled2 = Upscaled1 + up1;
        Vector1 = Upscaled2 + up2;
        Vector2 = Vector1 + vector;
        limits = Limits(g.Columns);
        attention = new NativeBuffer(limits.Floats(kernels));
    }

    public float* Tile { get; }

    /// <summary>[RowBlock, Stride].</summary>
    public float* A { get; }

    /// <summary>[RowBlock, heads].</summary>
    public float* Queries { get; }

    /// <summary>[RowBlock, heads].</summary>
    public float* Attended { get; }

    /// <summary>[RowBlock, PairStride]: for each image token, logits or probabilities of pairs of head and prompt token.</summary>
    public float* Pairs { get; }

    /// <summary>[PairStride, ColumnStride]: the same, transposed.</summary>
    public float* Columns { get; }

    /// <summary>[PairStride, WeightStride]: for each pair, logits or weights of a part's image tokens.</summary>
    public float* Weights { get; }

    /// <summary>[PairStride, 16]: lanes of the largest logit of a pair.</summary>
    public float* Largest { get; }

    /// <summary>[PairStride].</summary>
    public float* Scales { get; }

    /// <summary>[4 * RowBlock, Upscaled1 lanes].</summary>
    public float* Upscaled1 { get; }

    /// <summary>[16 * RowBlock, Upscaled2 lanes].</summary>
    public float* Upscaled2 { get; }

    /// <summary>One row of a head's hidden layer.</summary>
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

/// <summary>The tokens of one prompt and what the decoder makes of them.</summary>
internal sealed unsafe class TokenBuffers : IDisposable
{
    private readonly NativeBuffer memory;
    private readonly FoldedPrompt?[] folded = new FoldedPrompt[FoldedPrompt.MostTokens + 1];
    private readonly DecoderGeometry g;
    private readonly KernelSet kernels;

    public TokenBuffers(DecoderGeometry geometry, KernelSet kernelSet, int capacity)
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
            (4 * rows * stride) + (3 * rows * heads) + keys + (rows * HiddenStride) + sums
            + (RowLayout.SpareRows * (nint)Lane.RoundUp(g.Upscaled2)));
        Initial = memory.Pointer;
        Queries = Initial + (rows * stride);
        Positioned = Queries + (rows * stride);
        Result = Positioned + (rows * stride);
        Q = Result + (rows * stride);
        V = Q + (rows * heads);
        Attended = V + (rows * heads);
        K = Attended + (rows * heads);
        Hidden = K + keys;
        Sums = Hidden + (rows * HiddenStride);
        Hyper = Sums + sums;
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
    public float* Queries { get; }

    /// <summary>Leaves the IoU token and those of some masks, one after the other.</summary>
    /// <param name="first">The first mask's token.</param>
    public void KeepSpeakers(int first, int masks)
    {
        MoveUp(Initial);
        MoveUp(Queries);
        Count = 1 + masks;

        void MoveUp(float* tokens)
        {
            ReadOnlySpan<float> kept = new(tokens + ((nint)first * g.Stride), masks * g.Stride);
            kept.CopyTo(new Span<float>(tokens + g.Stride, kept.Length));
        }
    }

    /// <summary>[Count, Stride]: with their position encoding.</summary>
    public float* Positioned { get; }

    /// <summary>[Count, Stride].</summary>
    public float* Result { get; }

    /// <summary>[Count, heads].</summary>
    public float* Q { get; }

    /// <summary>[heads, Count, head].</summary>
    public float* V { get; }

    /// <summary>[Count, heads].</summary>
    public float* Attended { get; }

    /// <summary>[heads, head, Count]: keys, transposed.</summary>
    public float* K { get; }

    /// <summary>Floats from one token's hidden channels to the next one's.</summary>
    public nint HiddenStride { get; }

    /// <summary>[Count, HiddenStride].</summary>
    public float* Hidden { get; }

    public float* Sums { get; }

    /// <summary>[masks in whole tiles, Upscaled2 lanes]: the hypernetworks' results.</summary>
    public float* Hyper { get; }

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
