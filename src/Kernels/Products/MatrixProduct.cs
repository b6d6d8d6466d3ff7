using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>Takes a finished tile of a matrix product to where it belongs: the epilogue.</summary>
internal unsafe interface ITileSink
{
    /// <param name="tile">The tile's first value; rows are ldt apart. The sink may write to it.</param>
    /// <param name="row">Its first row, counted within the row block.</param>
    /// <param name="rows">How many of its rows are real.</param>
    /// <param name="column">Its first column.</param>
    /// <param name="lanes">Its columns, a multiple of 16; those past the matrix's own are zero.</param>
    void Store(float* tile, nint ldt, int row, int rows, int column, int lanes);

    /// <summary>
    /// Fetches what <see cref="Store"/> will write to, long before: where that is in main memory, the stores of a tile take
    /// longer than its products otherwise. Changes nothing.
    /// </summary>
    void Fetch(int row, int rows, int column, int lanes);
}

/// <summary>
/// Products of a block of rows with packed weights. The loops around the tile kernels: a group of panels that fits the
/// second-level cache stays there while all rows of the block pass over it, and a tile's rows of A stay in the first
/// level while they meet the panels of the group. No order of a sum depends on any of it.
/// </summary>
internal static unsafe class MatrixProduct
{
    /// <summary>The panels of a group together; half of the smallest second-level cache we tune for.</summary>
    private const int GroupBytes = 512 * 1024;

    /// <summary>
    /// The longest chain of fused multiply-adds; then it is added to the element's sum, and another one begins with zero.
    /// Shorter chains round less: with 768 in one the encoder's error is three times that with 192. A constant of the
    /// arithmetic: it is part of what the model computes.
    /// </summary>
    private const int LongestChain = 192;

    /// <summary>Floats of scratch a tile needs, for the largest tile of any level.</summary>
    public const int TileFloats = 8 * 48;

    /// <summary>Multiplies rows of A by all of B.</summary>
    /// <param name="a">[rows rounded up to whole tiles, B.Rows], stride lda; the rows past the last are read and ignored.</param>
    /// <param name="b">At least one row.</param>
    /// <param name="tile">Scratch of <see cref="TileFloats"/>.</param>
    public static void Run<TSink>(KernelSet kernels, float* a, nint lda, int rows, PackedMatrix b, float* tile, in TSink sink)
        where TSink : struct, ITileSink =>
        Panels(kernels, a, lda, rows, b, 0, b.Panels.Length, tile, sink, then: default);

    /// <summary>
    /// The two layers of an MLP for a block of rows: sink(activation(A * first + bias) * second). The hidden layer is made
    /// and used up in chunks, so that it never leaves the cache; the chunks are K blocks of the second product, ascending.
    /// </summary>
    /// <param name="firstBias">[first.PaddedColumns].</param>
    /// <param name="activation">Bias and activation of the hidden layer.</param>
    /// <param name="hidden">Scratch [rows in whole tiles, HiddenStride].</param>
    /// <param name="sums">Scratch [rows in whole tiles, second.PaddedColumns] for the second product's running sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunMlp<TSink>(
        KernelSet kernels, float* a, nint lda, int rows, PackedMatrix first, float* firstBias, TileKernel activation,
        PackedMatrix second, float* hidden, float* sums, float* tile, in TSink sink)
        where TSink : struct, ITileSink
    {
        int tiles = RowsInTiles(kernels, rows) / kernels.TileRows;
        for (int chunk = 0; chunk < first.Panels.Length;)
        {
            int start = first.Panels[chunk].Column;
            int end = chunk;
            while (end < first.Panels.Length && first.Panels[end].Column + first.Panels[end].Width <= start + HiddenChunk)
            {
                end++;
            }

            bool last = end == first.Panels.Length;
            int depth = (last ? first.Columns : first.Panels[end].Column) - start;
            FetchAhead then = Ahead(second, 0, start, depth, tiles, first.Rows);
            HiddenSink chunkOfHidden = new(activation, firstBias, hidden, HiddenStride, start);
            Panels(kernels, a, lda, rows, first, chunk, end, tile, chunkOfHidden, then);
            for (int p = 0; p < second.Panels.Length; p++)
            {
                Panel panel = second.Panels[p];
                GemmKernel gemm = kernels.Gemm(panel.Width);
                float* b = second.At(panel) + ((nint)start * panel.Width);
                float* c = sums + ((nint)tiles * kernels.TileRows * panel.Column);
                FetchAhead fetch = p + 1 < second.Panels.Length
                    ? Ahead(second, p + 1, start, depth, tiles, depth)
                    : Ahead(first, last ? 0 : end, 0, first.Rows, tiles, depth);
                for (int row = 0; row < rows; row += kernels.TileRows)
                {
                    int real = Math.Min(kernels.TileRows, rows - row);
                    if (last)
                    {
                        sink.Fetch(row, real, panel.Column, panel.Width);
                    }

                    Tile(
                        gemm, hidden + (row * HiddenStride), HiddenStride, b, panel.Width, depth, chunk == 0 ? null : c, c,
                        ref fetch);
                    if (last)
                    {
                        sink.Store(c, panel.Width, row, real, panel.Column, panel.Width);
                    }

                    c += kernels.TileRows * panel.Width;
                }
            }

            chunk = end;
        }
    }

    /// <summary>Columns of the hidden layer that are alive at a time.</summary>
    public const int HiddenChunk = PackedMatrix.Chunk;

    /// <summary>The stride of the hidden scratch: not a multiple of the page, or its rows would share cache sets.</summary>
    public const int HiddenStride = HiddenChunk + Lane.Count;

    /// <summary>Rows rounded up to whole tiles.</summary>
    public static int RowsInTiles(KernelSet kernels, int rows) =>
        (rows + kernels.TileRows - 1) / kernels.TileRows * kernels.TileRows;

    /// <summary>Multiplies by some of B's panels.</summary>
    /// <param name="then">What is fetched while the last of them are multiplied by.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panels<TSink>(
        KernelSet kernels, float* a, nint lda, int rows, PackedMatrix b, int begin, int end, float* tile, in TSink sink,
        FetchAhead then)
        where TSink : struct, ITileSink
    {
        int tiles = RowsInTiles(kernels, rows) / kernels.TileRows;
        int perGroup = Math.Max(1, GroupBytes / (b.Rows * kernels.MaxPanelWidth * sizeof(float)));
        for (int group = begin; group < end; group += perGroup)
        {
            int groupEnd = Math.Min(group + perGroup, end);
            FetchAhead fetch = groupEnd < end
                ? Ahead(b, groupEnd, 0, b.Rows * perGroup, tiles * perGroup, b.Rows)
                : then;
            for (int row = 0; row < rows; row += kernels.TileRows)
            {
                int real = Math.Min(kernels.TileRows, rows - row);
                for (int p = group; p < groupEnd; p++)
                {
                    Panel panel = b.Panels[p];
                    sink.Fetch(row, real, panel.Column, panel.Width);
                    Tile(
                        kernels.Gemm(panel.Width), a + (row * lda), lda, b.At(panel), panel.Width, b.Rows, null, tile, ref fetch);
                    sink.Store(tile, panel.Width, row, real, panel.Column, panel.Width);
                }
            }
        }
    }

    /// <summary>Rows of a panel, to be fetched while so many tiles are multiplied.</summary>
    private static FetchAhead Ahead(PackedMatrix b, int panel, int start, int rows, int tiles, int depth)
    {
        int width = b.Panels[panel].Width;
        return new FetchAhead(b.At(b.Panels[panel]) + ((nint)start * width), (nint)rows * width, tiles * depth);
    }

    private static int ChainOf(int depth) => Math.Min(LongestChain, (depth + 1) / 2);

    /// <summary>c = init + A * B for one tile, in K blocks: at least two, none longer than a chain may be.</summary>
    private static void Tile(
        GemmKernel gemm, float* a, nint lda, float* b, int width, int depth, float* init, float* c, ref FetchAhead fetch)
    {
        int block = ChainOf(depth);
        for (int k = 0; k < depth; k += block)
        {
            int steps = Math.Min(depth - k, block);
            gemm(
                a + k, lda, b + ((nint)k * width), width, steps, init, width, c, width, fetch.Take(steps), fetch.Pace);
            init = c;
        }
    }
}
