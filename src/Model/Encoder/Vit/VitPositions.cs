using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Where tokens are, for one frame: position embeddings, and each block's tables of relative positions. A square of another
/// side than the checkpoint's has resized ones; a frame that is cut from the square has a part of the square's.
/// </summary>
internal sealed class VitPositions
{
    private readonly Tables[] tables;

    public VitPositions(WeightLoader loader, VitGeometry g)
    {
        Frame native = Frame.Square(g.Config.ImgSize, g.Config.PatchSize);
        Embeddings = native == g.Frame
            ? loader.Rows(VitWeights.Prefix + "pos_embed", g.Width, g.Stride)
            : Resized(loader, g, native);
        Columns = g.Frame.Columns;
        tables = new Tables[g.Config.Depth];
        Relative = new RelativePositions[tables.Length];
        for (int block = 0; block < tables.Length; block++)
        {
            tables[block] = Tables.Read(loader, g, block);
            Relative[block] = loader.Own(tables[block].For(g, block));
        }
    }

    private VitPositions(VitPositions square, VitGeometry g)
    {
        Embeddings = square.Embeddings;
        Columns = square.Columns;
        tables = square.tables;
        Relative = new RelativePositions[tables.Length];
        for (int block = 0; block < tables.Length; block++)
        {
            Relative[block] = g.Config.IsGlobal(block) ? tables[block].For(g, block) : square.Relative[block];
        }
    }

    /// <summary>[rows, Columns, Stride] of the square; a cut frame's tokens are at its top left.</summary>
    public NativeBuffer Embeddings { get; }

    /// <summary>Tokens from one row of <see cref="Embeddings"/> to the next.</summary>
    public int Columns { get; }

    /// <summary>For each block.</summary>
    public RelativePositions[] Relative { get; }

    /// <summary>The positions of a frame that is cut from the square.</summary>
    public VitPositions Cut(VitGeometry g) => new(this, g);

    private static NativeBuffer Resized(WeightLoader loader, VitGeometry g, Frame native)
    {
        float[] resized = PositionResizer.Resize(
            loader.Read(VitWeights.Prefix + "pos_embed"), native.Rows, native.Columns, g.Width, g.Frame.Rows, g.Frame.Columns);
        NativeBuffer rows = loader.Buffer((nint)g.Frame.Tokens * g.Stride);
        for (int token = 0; token < g.Frame.Tokens; token++)
        {
            resized.AsSpan(token * g.Width, g.Width).CopyTo(rows.Span[(token * g.Stride)..]);
        }

        return rows;
    }

    /// <summary>A block's tables, [2 * side - 1, HeadDim] each, for its window or for the square.</summary>
    private sealed class Tables(float[] heights, float[] widths)
    {
        public static Tables Read(WeightLoader loader, VitGeometry g, int block)
        {
            AttentionHead head = g.Head(g.Config.IsGlobal(block));
            string name = $"{VitWeights.Prefix}blocks.{block}.attn.";
            return new Tables(
                OfSide(loader.Read(name + "rel_pos_h"), g.HeadDim, head.Groups),
                OfSide(loader.Read(name + "rel_pos_w"), g.HeadDim, head.Width));
        }

        public RelativePositions For(VitGeometry g, int block)
        {
            AttentionHead head = g.Head(g.Config.IsGlobal(block));
            return new RelativePositions(
                head.Groups, head.Width, g.HeadDim, PositionResizer.CutTable(heights, g.HeadDim, head.Groups),
                PositionResizer.CutTable(widths, g.HeadDim, head.Width));
        }

        private static float[] OfSide(ReadOnlySpan<float> table, int headDim, int side) => table.Length == ((2 * side) - 1) * headDim
            ? table.ToArray()
            : PositionResizer.ResizeTable(table, headDim, (2 * side) - 1);
    }
}
