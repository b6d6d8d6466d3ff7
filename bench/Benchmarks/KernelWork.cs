using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>What a row of the kernel table is timed on: shapes of ViT-B, operands that stay in the first-level cache.</summary>
internal static unsafe class KernelWork
{
    /// <summary>Channels of a token.</summary>
    private const int Width = 768;

    /// <summary>Depth of a chain of a product.</summary>
    private const int Depth = 192;

    /// <summary>Rows and columns of the largest tile.</summary>
    private const int TileRows = 8;
    private const int TileColumns = 48;

    /// <summary>Queries of an attention block, and keys of a row of the grid.</summary>
    private const int Queries = 64;

    public static Work Of(KernelRow row)
    {
        double flop = row.TileRows > 0 ? 2.0 * row.TileRows * row.TileColumns * Depth : 0;
        string operation = row.Operation.ToString();
        string name = row.Name.StartsWith(operation, StringComparison.Ordinal) ? row.Name : $"{operation} {row.Name}";
        return new Work(name, flop / 1e9, () => Prepare(row));
    }

    private static Action Prepare(KernelRow row) => row.Operation switch
    {
        Operation.Gemm16 or Operation.Gemm32 or Operation.Gemm48 =>
            Gemm((GemmKernel)row.Function, row.TileRows, row.TileColumns),
        Operation.GemmLogits => GemmLogits((GemmLogitsKernel)row.Function, row.TileRows, row.TileColumns),
        Operation.GemmSum => GemmSum((GemmSumKernel)row.Function, row.TileRows, row.TileColumns),
        Operation.TileBias or Operation.TileBiasAdd or Operation.TileBiasGelu or Operation.TileBiasRelu =>
            Epilogue((TileKernel)row.Function),
        Operation.AddRows or Operation.SubtractRows => AddRows((AddRowsKernel)row.Function),
        Operation.StrassenLeft or Operation.StrassenFirst or Operation.StrassenRest =>
            StrassenWork.Prepare(row),
        Operation.Transpose => Transpose((TransposeKernel)row.Function),
        Operation.ScaleRows => ScaleRows((ScaleRowsKernel)row.Function),
        Operation.LayerNorm => LayerNorm((LayerNormKernel)row.Function),
        Operation.LogitBias => LogitBias((LogitBiasKernel)row.Function),
        Operation.SoftmaxTile => SoftmaxTile((SoftmaxTileKernel)row.Function),
        Operation.ColumnSoftmax => ColumnSoftmax((ColumnSoftmaxKernel)row.Function),
        Operation.ReciprocalSums => ReciprocalSums((ReciprocalSumsKernel)row.Function),
        Operation.BilinearBetweenRows or Operation.BilinearAlongRow or Operation.BilinearWindowRow or Operation.Above
            or Operation.BytesAlongRow or Operation.BytesBetweenRows => ImageKernelWork.Prepare(row),
        _ => throw new NotSupportedException($"{row.Operation} is timed on nothing yet: give it operands in {nameof(KernelWork)}."),
    };

    private static Action Gemm(GemmKernel kernel, int rows, int columns)
    {
        Operands o = new(rows * Width, Depth * columns, rows * columns);
        return () => kernel(o[0], Width, o[1], columns, Depth, null, 0, o[2], columns, o[0], 0);
    }

    private static Action GemmSum(GemmSumKernel kernel, int rows, int columns)
    {
        int panel = Depth * columns;
        Operands o = new(rows * Width, panel, panel, panel, rows * columns);
        return () => kernel(o[0], Width, o[1], o[2], o[3], columns, Depth, null, 0, o[4], columns, o[0], 0);
    }

    private static Action GemmLogits(GemmLogitsKernel kernel, int rows, int columns)
    {
        const int HeadDim = 64;
        Operands o = new(rows * HeadDim, HeadDim * columns, rows * columns, rows * columns, rows, rows * Lane.Count);
        return () => kernel(
            o[0], HeadDim, o[1], columns, HeadDim, o[2], columns, o[4], 1, 0, o[5], o[3], columns, o[0], 0);
    }

    private static Action Epilogue(TileKernel kernel)
    {
        Operands o = new(TileRows * TileColumns, TileColumns, TileRows * Width);
        return () => kernel(o[0], TileColumns, o[1], o[2], Width, TileRows, TileColumns);
    }

    private static Action AddRows(AddRowsKernel kernel)
    {
        Operands o = new(TileRows * Width, TileRows * Width, TileRows * Width);
        return () => kernel(o[0], Width, o[1], Width, o[2], Width, TileRows, Width);
    }

    private static Action ScaleRows(ScaleRowsKernel kernel)
    {
        const int HeadDim = 64;
        Operands o = new(Queries * HeadDim, Queries, Queries * HeadDim);
        return () => kernel(o[0], HeadDim, o[1], o[2], HeadDim, Queries, HeadDim);
    }

    private static Action LayerNorm(LayerNormKernel kernel)
    {
        Operands o = new(TileRows * Width, Width, Width, TileRows * Width);
        return () => kernel(o[0], Width, o[1], o[2], 1e-6f, o[3], Width, TileRows, Width);
    }

    private static Action LogitBias(LogitBiasKernel kernel)
    {
        Operands o = new(TileRows * Queries, TileRows, TileRows * Lane.Count);
        return () => kernel(o[0], Queries, o[1], 1, 0, o[2], TileRows, Queries);
    }

    private static Action SoftmaxTile(SoftmaxTileKernel kernel)
    {
        const int Groups = 4;
        Operands o = new(
            Queries * Groups * Queries, Queries * Lane.Count, Queries, Queries * Lane.Count, Queries);
        new Span<float>(o[2], Queries).Fill(Kernels.SoftmaxTile.NoShift);
        return () => kernel(o[0], Groups * Queries, o[1], Queries, Groups, Queries, Queries, o[2], o[3], o[4]);
    }

    private static Action ColumnSoftmax(ColumnSoftmaxKernel kernel)
    {
        const int Heads = 8;
        const int Tokens = 7;
        const int ImageTokens = 64;
        Operands o = new(Heads * Tokens * ImageTokens);
        return () => kernel(o[0], ImageTokens, Heads, Tokens, ImageTokens);
    }

    private static Action Transpose(TransposeKernel kernel)
    {
        const int Side = 64;
        Operands o = new(Side * Side, Side * Side);
        return () => kernel(o[0], Side, o[1], Side, Side, Side);
    }

    private static Action ReciprocalSums(ReciprocalSumsKernel kernel)
    {
        Operands o = new(Queries * Lane.Count, Queries);
        return () => kernel(o[0], Queries, o[1]);
    }
}
