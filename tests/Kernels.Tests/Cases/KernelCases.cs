namespace SamNative.Kernels.Tests;

/// <summary>The cases of every operation in the kernel table.</summary>
internal static class KernelCases
{
    /// <summary>None for an operation that is not listed here: the test of its kernels fails then.</summary>
    public static IEnumerable<KernelCase> Of(KernelRow kernel) => kernel.Operation switch
    {
        Operation.Gemm16 or Operation.Gemm32 or Operation.Gemm48 =>
            GemmCases.All(kernel.TileRows, kernel.TileColumns),
        Operation.GemmSum => GemmCases.Sums(kernel.TileRows, kernel.TileColumns),
        Operation.GemmLogits => GemmCases.Logits(kernel.TileRows, kernel.TileColumns),
        Operation.TileBias => EpilogueCases.Bias(),
        Operation.TileBiasAdd => EpilogueCases.BiasAdd(),
        Operation.TileBiasGelu => EpilogueCases.BiasGelu(),
        Operation.TileBiasRelu => EpilogueCases.BiasRelu(),
        Operation.AddRows => RowCases.Add(),
        Operation.SubtractRows => RowCases.Subtract(),
        Operation.StrassenLeft => StrassenCases.Left(),
        Operation.StrassenFirst => StrassenCases.First(),
        Operation.StrassenRest => StrassenCases.Rest(),
        Operation.ScaleRows => RowCases.Scale(),
        Operation.Transpose => TransposeCases.All(),
        Operation.LayerNorm => LayerNormCases.All(),
        Operation.LogitBias => LogitBiasCases.All(),
        Operation.SoftmaxTile => SoftmaxCases.Tiles(),
        Operation.ReciprocalSums => SoftmaxCases.Reciprocals(),
        Operation.ColumnSoftmax => ColumnSoftmaxCases.All(),
        Operation.BilinearBetweenRows => BilinearCases.BetweenRows(),
        Operation.BilinearAlongRow => BilinearCases.AlongRow(),
        Operation.BilinearWindowRow => BilinearCases.WindowRow(),
        Operation.Above => BilinearCases.Above(),
        Operation.BytesAlongRow => ByteResizeCases.AlongRow(),
        Operation.BytesBetweenRows => ByteResizeCases.BetweenRows(),
        _ => [],
    };
}
