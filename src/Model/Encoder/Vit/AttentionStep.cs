using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Attention of every head, over the whole grid or in windows. The result takes the place of the queries, which no one
/// else reads.
/// </summary>
internal sealed unsafe class AttentionStep : FusedStep
{
    /// <summary>
    /// Heads of a window that are done one after the other: their keys and values lie side by side, and those of the next
    /// one are fetched meanwhile.
    /// </summary>
    private const int HeadsPerPiece = 6;

    private readonly EncoderGeometry g;
    private readonly BlockWeights block;
    private readonly AttentionHead head;
    private readonly int rowsPerBlock;
    private readonly int blocks;

    public AttentionStep(EncoderStep step, EncoderGeometry geometry, BlockWeights weights)
        : base(step)
    {
        g = geometry;
        block = weights;
        head = g.Head(block.Global);
        rowsPerBlock = Math.Min(head.Groups, Math.Max(1, WorkerScratch.QueryBlock / head.Width));
        blocks = (head.Groups + rowsPerBlock - 1) / rowsPerBlock;
    }

    /// <summary>A piece is one block of queries of one head in global attention, some heads of one window otherwise.</summary>
    public override int Pieces(EncoderWorkspace workspace) =>
        block.Global ? g.Heads * blocks : PiecesPerWindow * g.Windows(global: false);

    private int PiecesPerWindow => (g.Heads + HeadsPerPiece - 1) / HeadsPerPiece;

    public override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        AttentionBlock attention = workspace.Scratch[worker].Attention;
        if (block.Global)
        {
            AttentionHead whole = HeadAt(workspace, 0, piece / blocks);
            RunBlock(workspace, attention, whole, piece / blocks, 0, 0, piece % blocks);
            return;
        }

        int window = piece / PiecesPerWindow;
        int first = piece % PiecesPerWindow * HeadsPerPiece;
        for (int i = first; i < Math.Min(first + HeadsPerPiece, g.Heads); i++)
        {
            RunWindow(workspace, attention, window, i);
        }
    }

    private void RunWindow(EncoderWorkspace workspace, AttentionBlock attention, int window, int headIndex)
    {
        int top = (window / g.WindowsPerSide) * g.Window;
        int left = (window % g.WindowsPerSide) * g.Window;
        AttentionHead keys = HeadAt(workspace, window, headIndex);
        FillPadding(keys, headIndex, Math.Min(g.Window, g.Grid - top), Math.Min(g.Window, g.Grid - left));
        for (int b = 0; b < blocks; b++)
        {
            RunBlock(workspace, attention, keys, headIndex, top, left, b);
        }
    }

    private AttentionHead HeadAt(EncoderWorkspace workspace, int window, int headIndex)
    {
        nint index = ((nint)window * g.Heads) + headIndex;
        return head with
        {
            Keys = workspace.K + (index * head.KeyFloats),
            Values = workspace.V + (index * head.ValueFloats),
        };
    }

    /// <summary>Attends for some rows of queries of a grid or window whose corner is at (top, left).</summary>
    private void RunBlock(
        EncoderWorkspace workspace, AttentionBlock attention, in AttentionHead keys, int headIndex, int top, int left, int index)
    {
        int firstRow = index * rowsPerBlock;
        int endRow = Math.Min(Math.Min(firstRow + rowsPerBlock, head.Groups), g.Grid - top);
        int width = Math.Min(head.Width, g.Grid - left);
        if (firstRow >= endRow)
        {
            return;
        }

        attention.Begin(keys, block.Positions);
        float* corner = workspace.Q + ((((nint)top * g.Grid) + left) * g.HeadsStride) + (headIndex * g.HeadLanes);
        for (int y = firstRow; y < endRow; y++)
        {
            float* queries = corner + ((nint)y * g.Grid * g.HeadsStride);
            if (!block.Global)
            {
                // Those of the window's next head, which lie beside them.
                FetchAhead.Rows(queries + g.HeadLanes, g.HeadsStride, width, g.HeadLanes);
            }

            attention.AddQueries(queries, g.HeadsStride, width, y);
        }

        attention.Finish();
        for (int y = firstRow; y < endRow; y++)
        {
            attention.Store((y - firstRow) * width, width, corner + ((nint)y * g.Grid * g.HeadsStride), g.HeadsStride);
        }
    }

    /// <summary>
    /// Keys and values of tokens outside the grid are the bias (they are zero after the norm, and attended to); lanes that
    /// are no keys at all are zero.
    /// </summary>
    private void FillPadding(in AttentionHead keys, int headIndex, int realRows, int realColumns)
    {
        int part = g.Heads * g.HeadLanes;
        float* keyBias = block.Qkv.Bias.Pointer + part + (headIndex * g.HeadLanes);
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
}
