namespace SamNative.Kernels;

/// <summary>What a kernel computes.</summary>
internal enum Operation
{
    Gemm16,
    Gemm32,
    Gemm48,
    GemmSum,
    GemmLogits,
    TileBias,
    TileBiasAdd,
    TileBiasGelu,
    TileBiasRelu,
    AddRows,
    SubtractRows,
    StrassenLeft,
    StrassenFirst,
    StrassenRest,
    ScaleRows,
    Transpose,
    LayerNorm,
    LogitBias,
    SoftmaxTile,
    ReciprocalSums,
    ColumnSoftmax,
    BilinearBetweenRows,
    BilinearAlongRow,
    BilinearWindowRow,
    Above,
    BytesAlongRow,
    BytesBetweenRows,
}

/// <summary>One kernel: what it computes, the level it needs, its name, and the function itself.</summary>
/// <param name="TileRows">Rows of a matrix product's tile; 0 for other kernels.</param>
/// <param name="TileColumns">Columns of a matrix product's tile; 0 for other kernels.</param>
internal readonly record struct KernelRow(
    Operation Operation, IsaLevel Isa, string Name, nint Function, int TileRows = 0, int TileColumns = 0);

/// <summary>
/// Which kernel serves which operation at which level. Dispatch, tests and benchmarks all read this table: the best row
/// at or below a level serves it, and the tests hold every row to the scalar one of its operation.
/// </summary>
internal static unsafe class KernelTable
{
    private static readonly KernelSet?[] sets = new KernelSet?[Enum.GetValues<IsaLevel>().Length];

    public static IReadOnlyList<KernelRow> Rows { get; } =
    [
        .. Scalar(),
        .. Lanes<Avx2Lanes>(IsaLevel.Avx2),
        .. Avx2(),
        .. Lanes<Avx512Lanes>(IsaLevel.Avx512),
        .. Avx512(),
        .. Lanes<Arm64Lanes>(IsaLevel.Arm64),
        .. Arm64(),
    ];

    /// <summary>The kernels of a level.</summary>
    /// <exception cref="NotSupportedException">This process cannot run the level.</exception>
    public static KernelSet For(IsaLevel isa)
    {
        if (!Kernels.Isa.IsAvailable(isa))
        {
            throw new NotSupportedException($"{isa} kernels cannot run here: the best level found is {Kernels.Isa.Found}.");
        }

        return sets[(int)isa] ??= new KernelSet(isa);
    }

    /// <summary>The row that serves an operation at a level; a row without a function where there is none.</summary>
    public static KernelRow Find(Operation operation, IsaLevel isa)
    {
        KernelRow best = default;
        foreach (KernelRow row in Rows)
        {
            if (row.Operation == operation && Kernels.Isa.Includes(isa, row.Isa) && row.Isa >= best.Isa)
            {
                best = row;
            }
        }

        return best;
    }

    private static KernelRow[] Scalar() =>
    [
        new(Operation.Gemm16, IsaLevel.Scalar, nameof(GemmScalar), (nint)(GemmKernel)(&GemmScalar.Run), GemmScalar.TileRows, GemmScalar.TileColumns),
        new(Operation.GemmSum, IsaLevel.Scalar, nameof(GemmSumScalar), (nint)(GemmSumKernel)(&GemmSumScalar.Run), GemmScalar.TileRows, GemmScalar.TileColumns),
        new(Operation.GemmLogits, IsaLevel.Scalar, nameof(GemmLogitsScalar), (nint)(GemmLogitsKernel)(&GemmLogitsScalar.Run), GemmScalar.TileRows, GemmScalar.TileColumns),
        Scalar(Operation.TileBias, (nint)(TileKernel)(&TileEpilogue.BiasScalar)),
        Scalar(Operation.TileBiasAdd, (nint)(TileKernel)(&TileEpilogue.BiasAddScalar)),
        Scalar(Operation.TileBiasGelu, (nint)(TileKernel)(&TileEpilogue.BiasGeluScalar)),
        Scalar(Operation.TileBiasRelu, (nint)(TileKernel)(&TileEpilogue.BiasReluScalar)),
        Scalar(Operation.AddRows, (nint)(AddRowsKernel)(&RowOps.AddRowsScalar)),
        Scalar(Operation.SubtractRows, (nint)(AddRowsKernel)(&RowOps.SubtractRowsScalar)),
        Scalar(Operation.StrassenLeft, (nint)(StrassenLeftKernel)(&StrassenOperands.LeftScalar)),
        Scalar(Operation.StrassenFirst, (nint)(StrassenFirstKernel)(&StrassenOperands.FirstScalar)),
        Scalar(Operation.StrassenRest, (nint)(StrassenRestKernel)(&StrassenOperands.RestScalar)),
        Scalar(Operation.ScaleRows, (nint)(ScaleRowsKernel)(&RowOps.ScaleRowsScalar)),
        Scalar(Operation.Transpose, (nint)(TransposeKernel)(&Transpose.Scalar)),
        Scalar(Operation.LayerNorm, (nint)(LayerNormKernel)(&LayerNorm.Scalar)),
        Scalar(Operation.LogitBias, (nint)(LogitBiasKernel)(&LogitBias.Scalar)),
        Scalar(Operation.SoftmaxTile, (nint)(SoftmaxTileKernel)(&SoftmaxTile.Scalar)),
        Scalar(Operation.ReciprocalSums, (nint)(ReciprocalSumsKernel)(&SoftmaxTile.ReciprocalSumsScalar)),
        Scalar(Operation.ColumnSoftmax, (nint)(ColumnSoftmaxKernel)(&ColumnSoftmax.Scalar)),
        Scalar(Operation.BilinearBetweenRows, (nint)(BetweenRowsKernel)(&Bilinear.BetweenRowsScalar)),
        Scalar(Operation.BilinearAlongRow, (nint)(AlongRowKernel)(&Bilinear.AlongRowScalar)),
        Scalar(Operation.BilinearWindowRow, (nint)(AlongRowKernel)(&Bilinear.WindowRowScalar)),
        Scalar(Operation.Above, (nint)(AboveKernel)(&Bilinear.AboveScalar)),
        Scalar(Operation.BytesAlongRow, (nint)(BytesAlongRowKernel)(&ByteResize.AlongRowScalar)),
        Scalar(Operation.BytesBetweenRows, (nint)(BytesBetweenRowsKernel)(&ByteResize.BetweenRowsScalar)),
    ];

    /// <summary>The kernels that are written once for sixteen lanes of any instruction set.</summary>
    private static KernelRow[] Lanes<T>(IsaLevel isa)
        where T : struct, ILanes<T>
    {
        return
        [
            Row(Operation.TileBias, (nint)(TileKernel)(&TileEpilogue.BiasLanes<T>)),
            Row(Operation.TileBiasAdd, (nint)(TileKernel)(&TileEpilogue.BiasAddLanes<T>)),
            Row(Operation.TileBiasGelu, (nint)(TileKernel)(&TileEpilogue.BiasGeluLanes<T>)),
            Row(Operation.TileBiasRelu, (nint)(TileKernel)(&TileEpilogue.BiasReluLanes<T>)),
            Row(Operation.AddRows, (nint)(AddRowsKernel)(&RowOps.AddRowsLanes<T>)),
            Row(Operation.SubtractRows, (nint)(AddRowsKernel)(&RowOps.SubtractRowsLanes<T>)),
            Row(Operation.StrassenLeft, (nint)(StrassenLeftKernel)(&StrassenOperands.LeftLanes<T>)),
            Row(Operation.StrassenFirst, (nint)(StrassenFirstKernel)(&StrassenOperands.FirstLanes<T>)),
            Row(Operation.StrassenRest, (nint)(StrassenRestKernel)(&StrassenOperands.RestLanes<T>)),
            Row(Operation.ScaleRows, (nint)(ScaleRowsKernel)(&RowOps.ScaleRowsLanes<T>)),
            Row(Operation.LayerNorm, (nint)(LayerNormKernel)(&LayerNorm.Lanes<T>)),
            Row(Operation.LogitBias, (nint)(LogitBiasKernel)(&LogitBias.Lanes<T>)),
            Row(Operation.SoftmaxTile, (nint)(SoftmaxTileKernel)(&SoftmaxTile.Lanes<T>)),
            Row(Operation.ReciprocalSums, (nint)(ReciprocalSumsKernel)(&SoftmaxTile.ReciprocalSumsLanes<T>)),
            Row(Operation.ColumnSoftmax, (nint)(ColumnSoftmaxKernel)(&ColumnSoftmax.Lanes<T>)),
            Row(Operation.BilinearBetweenRows, (nint)(BetweenRowsKernel)(&Bilinear.BetweenRowsLanes<T>)),
            Row(Operation.BilinearAlongRow, (nint)(AlongRowKernel)(&Bilinear.AlongRowLanes<T>)),
            Row(Operation.BilinearWindowRow, (nint)(AlongRowKernel)(&Bilinear.WindowRowLanes<T>)),
            Row(Operation.Above, (nint)(AboveKernel)(&Bilinear.AboveLanes<T>)),
        ];

        KernelRow Row(Operation operation, nint function) => new(operation, isa, $"{operation}{isa}", function);
    }

    private static KernelRow[] Avx2() =>
    [
        new(Operation.Gemm16, IsaLevel.Avx2, nameof(F32Gemm6x16Avx2), (nint)(GemmKernel)(&F32Gemm6x16Avx2.Run), F32Gemm6x16Avx2.TileRows, 16),
        new(Operation.GemmSum, IsaLevel.Avx2, $"{nameof(F32Gemm6x16Avx2)}Sum", (nint)(GemmSumKernel)(&F32Gemm6x16Avx2.RunSum), F32Gemm6x16Avx2.TileRows, 16),
        new(Operation.Transpose, IsaLevel.Avx2, "TransposeAvx2", (nint)(TransposeKernel)(&Transpose.Avx2)),
        new(Operation.BytesAlongRow, IsaLevel.Avx2, nameof(ByteResize.AlongRowAvx2), (nint)(BytesAlongRowKernel)(&ByteResize.AlongRowAvx2)),
        new(Operation.BytesBetweenRows, IsaLevel.Avx2, nameof(ByteResize.BetweenRowsAvx2), (nint)(BytesBetweenRowsKernel)(&ByteResize.BetweenRowsAvx2)),
    ];

    private static KernelRow[] Avx512() =>
    [
        new(Operation.Gemm16, IsaLevel.Avx512, nameof(F32Gemm8x16Avx512), (nint)(GemmKernel)(&F32Gemm8x16Avx512.Run), F32Gemm8x16Avx512.TileRows, 16),
        new(Operation.Gemm32, IsaLevel.Avx512, nameof(F32Gemm8x32Avx512), (nint)(GemmKernel)(&F32Gemm8x32Avx512.Run), F32Gemm8x32Avx512.TileRows, 32),
        new(Operation.Gemm48, IsaLevel.Avx512, nameof(F32Gemm8x48Avx512), (nint)(GemmKernel)(&F32Gemm8x48Avx512.Run), F32Gemm8x48Avx512.TileRows, 48),
        new(Operation.GemmSum, IsaLevel.Avx512, $"{nameof(F32Gemm8x48Avx512)}Sum", (nint)(GemmSumKernel)(&F32Gemm8x48Avx512.RunSum), F32Gemm8x48Avx512.TileRows, 48),
        new(Operation.GemmLogits, IsaLevel.Avx512, $"{nameof(F32Gemm8x32Avx512)}Logits", (nint)(GemmLogitsKernel)(&F32Gemm8x32Avx512.RunLogits), F32Gemm8x32Avx512.TileRows, 32),
        new(Operation.Transpose, IsaLevel.Avx512, "TransposeAvx512", (nint)(TransposeKernel)(&Transpose.Avx512)),
    ];

    private static KernelRow[] Arm64() =>
    [
        new(Operation.Gemm16, IsaLevel.Arm64, nameof(F32Gemm6x16Arm64), (nint)(GemmKernel)(&F32Gemm6x16Arm64.Run), F32Gemm6x16Arm64.TileRows, 16),
        new(Operation.GemmSum, IsaLevel.Arm64, $"{nameof(F32Gemm6x16Arm64)}Sum", (nint)(GemmSumKernel)(&F32Gemm6x16Arm64.RunSum), F32Gemm6x16Arm64.TileRows, 16),
        new(Operation.Transpose, IsaLevel.Arm64, "TransposeArm64", (nint)(TransposeKernel)(&Transpose.Arm64)),
        new(Operation.BytesAlongRow, IsaLevel.Arm64, nameof(ByteResize.AlongRowArm64), (nint)(BytesAlongRowKernel)(&ByteResize.AlongRowArm64)),
        new(Operation.BytesBetweenRows, IsaLevel.Arm64, nameof(ByteResize.BetweenRowsArm64), (nint)(BytesBetweenRowsKernel)(&ByteResize.BetweenRowsArm64)),
    ];

    private static KernelRow Scalar(Operation operation, nint function) =>
        new(operation, IsaLevel.Scalar, $"{operation}Scalar", function);
}
