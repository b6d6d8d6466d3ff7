using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>
/// One block of queries to one head, at every level that has vectors: the encoder's windows and whole grid, and the three
/// attentions of the decoder. This is the one file that knows how attention is called.
/// </summary>
internal static unsafe class AttentionWork
{
    private sealed record Shape(string Name, int Rows, int QueriesPerRow, int Groups, int Width, int HeadDim, bool Relative)
    {
        public int Queries => Rows * QueriesPerRow;

        public double Gflop => 4e-9 * Queries * Groups * Width * HeadDim;
    }

    private static readonly Shape[] shapes =
    [
        new("window", 14, 14, 14, 14, 64, true),
        new("global", 3, 64, 64, 64, 64, true),
        new("decoder, tokens to themselves", 1, 7, 1, 7, 32, false),
        new("decoder, tokens to image", 1, 7, 64, 64, 16, false),
        new("decoder, image to tokens", 1, 64, 1, 7, 16, false),
    ];

    public static IEnumerable<Work> All =>
        from shape in shapes
        from isa in Levels.WithVectors
        select new Work(
            $"{shape.Name}: {shape.Queries} queries, {shape.Groups * shape.Width} keys of {shape.HeadDim}, {isa}", shape.Gflop,
            () => Prepare(shape, KernelTable.For(isa)));

    private static Action Prepare(Shape shape, KernelSet kernels)
    {
        AttentionHead head = new() { Groups = shape.Groups, Width = shape.Width, HeadDim = shape.HeadDim };
        int whole = MatrixProduct.RowsInTiles(kernels, shape.QueriesPerRow);
        Operands o = new(
            (int)head.KeyFloats, (int)head.ValueFloats, whole * head.HeadLanes, shape.Queries * head.HeadLanes);
        head.Keys = o[0];
        head.Values = o[1];
        RelativePositions? positions = shape.Relative ? Positions(shape) : null;
        AttentionLimits limits = new(shape.Queries, head.HeadLanes, head.Lanes, shape.Relative ? shape.Groups : 0);
        NativeBuffer memory = new(limits.Floats(kernels));
        return () =>
        {
            AttentionBlock block = new(kernels, limits, memory.Pointer);
            block.Begin(head, positions);
            for (int row = 0; row < shape.Rows; row++)
            {
                block.AddQueries(o[2], head.HeadLanes, shape.QueriesPerRow, row);
            }

            block.Finish();
            block.Store(0, shape.Queries, o[3], head.HeadLanes);
        };
    }

    private static RelativePositions Positions(Shape shape)
    {
        float[] table = new float[((2 * shape.Groups) - 1) * shape.HeadDim];
        Array.Fill(table, 0.01f);
        return new RelativePositions(shape.Groups, shape.Width, shape.HeadDim, table, table);
    }
}
