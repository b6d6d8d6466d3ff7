using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Attention of every head, over the whole grid or in windows. The result takes the place of the queries, which no one
/// else reads.
/// </summary>
internal sealed unsafe class AttentionStep : EncoderStep
{
    /// <summary>
    /// The most queries of a block, in whole rows: a window of 14 x 14, or three rows of a grid of 64, of which little is lost
    /// in tiles of 6 rows or 8. Keys and values pass by once per block.
    /// </summary>
    private const int MostQueries = 196;

    /// <summary>
    /// Heads of a window that are done one after the other: their keys and values lie side by side, and those of the next
    /// one are fetched meanwhile.
    /// </summary>
    private const int HeadsPerPiece = 6;

    private readonly VitGeometry g;
    private readonly VitMaps maps;
    private readonly VitParts? parts;
    private readonly int block;
    private readonly bool isGlobal;
    private readonly AttentionHead head;
    private readonly AttentionLimits limits;
    private readonly int rowsPerBlock;
    private readonly int blocks;

    public AttentionStep(VitGeometry g, int block, VitMaps maps, VitParts? parts)
        : base(Describe(g, block), [maps.Q, maps.K, maps.V], [maps.Q])
    {
        (this.g, this.block, this.maps, this.parts) = (g, block, maps, parts);
        isGlobal = g.Config.IsGlobal(block);
        head = g.Head(isGlobal);
        rowsPerBlock = Math.Min(head.Groups, Math.Max(1, MostQueries / head.Width));
        blocks = (head.Groups + rowsPerBlock - 1) / rowsPerBlock;
        limits = new AttentionLimits(rowsPerBlock * head.Width, head.HeadLanes, head.Lanes, head.Groups);
    }

    /// <summary>A piece is one block of queries of one head in global attention, some heads of one window otherwise.</summary>
    internal override int Pieces => isGlobal ? g.Heads * blocks : PiecesPerWindow * g.Windows(global: false);

    private int PiecesPerWindow => (g.Heads + HeadsPerPiece - 1) / HeadsPerPiece;

    internal override nint ScratchFloats(KernelSet kernels) => limits.Floats(kernels);

    internal override void Run(EncoderRun run, int piece, float* scratch)
    {
        AttentionBlock attention = new(run.Kernels, limits, scratch);
        if (isGlobal)
        {
            RunBlock(run, ref attention, HeadAt(run, 0, piece / blocks), piece / blocks, (0, 0), piece % blocks);
            return;
        }

        int window = piece / PiecesPerWindow;
        int first = piece % PiecesPerWindow * HeadsPerPiece;
        for (int i = first; i < Math.Min(first + HeadsPerPiece, g.Heads); i++)
        {
            RunWindow(run, ref attention, window, i);
        }
    }

    private void RunWindow(EncoderRun run, ref AttentionBlock attention, int window, int headIndex)
    {
        int top = (window / g.WindowColumns) * g.Window;
        int left = (window % g.WindowColumns) * g.Window;
        AttentionHead keys = HeadAt(run, window, headIndex);
        FillPadding(keys, headIndex, Math.Min(g.Window, g.Frame.Rows - top), Math.Min(g.Window, g.Frame.Columns - left));
        for (int b = 0; b < blocks; b++)
        {
            RunBlock(run, ref attention, keys, headIndex, (top, left), b);
        }
    }

    private AttentionHead HeadAt(EncoderRun run, int window, int headIndex)
    {
        nint index = ((nint)window * g.Heads) + headIndex;
        return head with
        {
            Keys = run.At(maps.K) + (index * head.KeyFloats),
            Values = run.At(maps.V) + (index * head.ValueFloats),
        };
    }

    /// <summary>Attends for some rows of queries of a grid or window.</summary>
    /// <param name="corner">Its upper left token.</param>
    private void RunBlock(
        EncoderRun run, ref AttentionBlock attention, in AttentionHead keys, int headIndex, (int Top, int Left) corner, int index)
    {
        int firstRow = index * rowsPerBlock;
        int endRow = Math.Min(Math.Min(firstRow + rowsPerBlock, head.Groups), g.Frame.Rows - corner.Top);
        int width = Math.Min(head.Width, g.Frame.Columns - corner.Left);
        if (firstRow >= endRow)
        {
            return;
        }

        attention.Begin(keys, parts!.Positions.Relative[block]);
        nint rowFloats = (nint)g.Frame.Columns * g.HeadsStride;
        float* first = run.At(maps.Q) + (corner.Top * rowFloats) + ((nint)corner.Left * g.HeadsStride) + (headIndex * g.HeadLanes);
        for (int y = firstRow; y < endRow; y++)
        {
            float* queries = first + (y * rowFloats);
            if (!isGlobal)
            {
                // Those of the window's next head, which lie beside them.
                FetchAhead.Rows(queries + g.HeadLanes, g.HeadsStride, width, g.HeadLanes);
            }

            attention.AddQueries(queries, g.HeadsStride, width, y);
        }

        attention.Finish();
        for (int y = firstRow; y < endRow; y++)
        {
            attention.Store((y - firstRow) * width, width, first + (y * rowFloats), g.HeadsStride);
        }
    }

    /// <summary>
    /// Keys and values of tokens outside the grid are the bias (they are zero after the norm, and attended to); lanes that
    /// are no keys at all are zero.
    /// </summary>
    private void FillPadding(in AttentionHead keys, int headIndex, int realRows, int realColumns)
    {
        int part = g.Heads * g.HeadLanes;
        float* keyBias = parts!.Weights.Blocks[block].Qkv.Bias.Pointer + part + (headIndex * g.HeadLanes);
        float* valueBias = keyBias + part;
        for (int y = 0; y < head.Groups; y++)
        {
            int real = y < realRows ? realColumns : 0;
            float* key = keys.Keys + head.KeyOffset(y);
            for (int d = 0; d < head.HeadDim; d++)
            {
                FillLanes(key, real, keyBias[d]);
                key += head.KeyStride;
            }

            for (int x = real; x < head.Width; x++)
            {
                new ReadOnlySpan<float>(valueBias, g.HeadLanes)
                    .CopyTo(new Span<float>(keys.Values + ((((nint)y * head.Width) + x) * g.HeadLanes), g.HeadLanes));
            }
        }
    }

    /// <summary>The end of a row of keys, from the first that is padding. Two lanes as a rule: calls would cost more.</summary>
    private void FillLanes(float* row, int from, float bias)
    {
        for (int x = from; x < head.Width; x++)
        {
            row[x] = bias;
        }

        for (int x = head.Width; x < head.Lanes; x++)
        {
            row[x] = 0f;
        }
    }

    private static StepDescription Describe(VitGeometry g, int block)
    {
        bool overAll = g.Config.IsGlobal(block);
        AttentionHead keys = g.Head(overAll);
        long perQuery = (2L * keys.Groups * keys.Width) + keys.Groups + keys.Width;
        return new StepDescription(
            $"blocks.{block}.attn", overAll ? "attention, global" : "attention, windows",
            "rel_pos_h, rel_pos_w, softmax" + (overAll ? string.Empty : $", windows of {g.Window} x {g.Window}"),
            [g.Frame.Rows, g.Frame.Columns, 3 * g.Width], [g.Frame.Rows, g.Frame.Columns, g.Width],
            2 * g.Frame.Tokens * perQuery * g.Width, 2L * (keys.Groups + keys.Width - 1) * g.HeadDim);
    }
}
