using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Everything an encode writes to besides its result: the arena with the plan's slots, and scratch for each worker. One
/// encode at a time uses it; nothing in it outlives the encode.
/// </summary>
internal sealed unsafe class EncoderWorkspace : IDisposable
{
    private readonly NativeBuffer arena;
    private readonly EncoderPlan plan;

    public EncoderWorkspace(EncoderPlan plan, KernelSet kernels, int workers)
    {
        this.plan = plan;
        Kernels = kernels;
        arena = new NativeBuffer((nint)(plan.ArenaBytes / sizeof(float)));
        Pixels = (byte*)Slot("pixels");
        X = Slot("x");
        Q = Slot("q");
        K = Slot("k");
        V = Slot("v");
        Neck = Slot("neck");
        Scratch = new WorkerScratch[workers];
        for (int i = 0; i < workers; i++)
        {
            Scratch[i] = new WorkerScratch(plan.Geometry, plan.Config.PatchSize, kernels);
        }
    }

    public KernelSet Kernels { get; }

    /// <summary>[InputHeight, InputWidth, 4] bytes: the resized picture, R, G, B and one that is ignored.</summary>
    public byte* Pixels { get; }

    /// <summary>[Tokens, Stride]: the residual stream.</summary>
    public float* X { get; }

    /// <summary>[Tokens, HeadsStride]: queries, then the attended values in their place.</summary>
    public float* Q { get; }

    /// <summary>[windows, heads, rows of the window, HeadDim, lanes]: keys, transposed.</summary>
    public float* K { get; }

    /// <summary>[windows, heads, tokens of the window, HeadLanes].</summary>
    public float* V { get; }

    /// <summary>[Tokens, NeckStride].</summary>
    public float* Neck { get; }

    public WorkerScratch[] Scratch { get; }

    /// <summary>[3, S, S] normalised pixels that the caller made; null where <see cref="Pixels"/> holds a picture.</summary>
    public float* PixelValues { get; set; }

    /// <summary>Rows of the square that the picture covers.</summary>
    public int InputHeight { get; set; }

    /// <summary>Columns of the square that the picture covers.</summary>
    public int InputWidth { get; set; }

    /// <summary>[NeckWidth, Grid, Grid]: where the result goes.</summary>
    public float* Embedding { get; set; }

    public long Bytes => (arena.Length * sizeof(float)) + Scratch.Sum(scratch => scratch.Bytes);

    /// <summary>A slot's memory.</summary>
    public float* Slot(string name) => arena.Pointer + plan.Slot(name).Offset;

    public void Dispose()
    {
        arena.Dispose();
        foreach (WorkerScratch scratch in Scratch)
        {
            scratch.Dispose();
        }
    }
}

/// <summary>What one worker needs for itself.</summary>
internal sealed unsafe class WorkerScratch : IDisposable
{
    /// <summary>
    /// Rows of a row block. All weights pass by once per block; more rows would push the panels out of the second-level
    /// cache. 192 is a multiple of every kernel's tile height.
    /// </summary>
    public const int RowBlock = 192;

    /// <summary>
    /// The most queries of an attention block, in whole rows: a window of 14 x 14, or three rows of a grid of 64, of which
    /// little is lost in tiles of 6 rows or 8. Keys and values pass by once per block.
    /// </summary>
    public const int QueryBlock = 196;

    private readonly NativeBuffer memory;

    /// <summary>The most rows of a block.</summary>
    public static int Rows(EncoderGeometry g) => g.Strassen ? StrassenProduct.BlockRows : RowBlock;

    public WorkerScratch(EncoderGeometry g, int patchSize, KernelSet kernels)
    {
        nint rows = Rows(g) + RowLayout.SpareRows;
        nint blockFloats = rows * RowLayout.Stride(Math.Max(g.Width, 3 * patchSize * patchSize));
        nint convolutionFloats = (nint)(g.Grid + RowLayout.SpareRows) * RowLayout.Stride(9 * g.NeckWidth);
        nint a = Math.Max(blockFloats, convolutionFloats);
        nint plainRows = g.Strassen ? 0 : RowBlock + RowLayout.SpareRows;
        nint neckFloats = (g.Grid + RowLayout.SpareRows) * (nint)g.NeckStride;
        nint hidden = Math.Max(plainRows * MatrixProduct.HiddenStride, neckFloats);
        nint sums = plainRows * g.Stride;
        memory = new NativeBuffer(MatrixProduct.TileFloats + a + hidden + sums + g.Stride);
        Tile = memory.Pointer;
        A = Tile + MatrixProduct.TileFloats;
        Hidden = A + a;
        Sums = Hidden + hidden;
        Zeros = Sums + sums;

        int capacity = Math.Max(QueryBlock, Math.Max(g.Grid, g.Window));
        int side = Math.Max(g.Grid, g.Window);
        Attention = new AttentionBlock(kernels, capacity, g.HeadLanes, Lane.RoundUp(side), side);
        Strassen = g.Strassen ? new StrassenScratch(kernels, g.Width) : null;
    }

    /// <summary>One tile of a product.</summary>
    public float* Tile { get; }

    /// <summary>The rows of a block, normalised or gathered.</summary>
    public float* A { get; }

    /// <summary>A chunk of the MLP's hidden layer where that is multiplied plainly; and the last convolution's rows.</summary>
    public float* Hidden { get; }

    /// <summary>Running sums of the MLP's second product; none where Strassen's algorithm makes it.</summary>
    public float* Sums { get; }

    /// <summary>[Stride]: a bias of zeros, never written.</summary>
    public float* Zeros { get; }

    public AttentionBlock Attention { get; }

    /// <summary>Null where the model does not use it.</summary>
    public StrassenScratch? Strassen { get; }

    public long Bytes => (memory.Length * sizeof(float)) + (Strassen?.Bytes ?? 0);

    public void Dispose()
    {
        memory.Dispose();
        Attention.Dispose();
        Strassen?.Dispose();
    }
}
