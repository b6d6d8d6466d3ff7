namespace SamNative.Kernels;

/// <summary>
/// The kernels of one ISA level, one function pointer per operation, filled from <see cref="KernelTable"/>. Each is
/// documented at its scalar version. They check nothing: callers own the sizes of their buffers.
/// </summary>
internal sealed unsafe class KernelSet
{
    private readonly GemmKernel[] gemm = new GemmKernel[4];
    private readonly GemmLogitsKernel[] gemmLogits = new GemmLogitsKernel[4];

    internal KernelSet(IsaLevel isa)
    {
        Isa = isa;
        foreach (Operation operation in (ReadOnlySpan<Operation>)[Operation.Gemm16, Operation.Gemm32, Operation.Gemm48])
        {
            KernelRow row = KernelTable.Find(operation, isa);
            if (row.Function != 0)
            {
                TileRows = row.TileRows;
                MaxPanelWidth = row.TileColumns;
                gemm[row.TileColumns / Lane.Count] = (GemmKernel)row.Function;
            }
        }

        // A level without one of its own finds a lower level's, whose tiles have other rows.
        KernelRow logits = KernelTable.Find(Operation.GemmLogits, isa);
        if (logits.TileRows == TileRows)
        {
            gemmLogits[logits.TileColumns / Lane.Count] = (GemmLogitsKernel)logits.Function;
        }

        GemmSum = (GemmSumKernel)Function(Operation.GemmSum);
        Bias = (TileKernel)Function(Operation.TileBias);
        BiasAdd = (TileKernel)Function(Operation.TileBiasAdd);
        BiasGelu = (TileKernel)Function(Operation.TileBiasGelu);
        BiasRelu = (TileKernel)Function(Operation.TileBiasRelu);
        AddRows = (AddRowsKernel)Function(Operation.AddRows);
        SubtractRows = (AddRowsKernel)Function(Operation.SubtractRows);
        StrassenLeft = (StrassenLeftKernel)Function(Operation.StrassenLeft);
        StrassenFirst = (StrassenFirstKernel)Function(Operation.StrassenFirst);
        StrassenRest = (StrassenRestKernel)Function(Operation.StrassenRest);
        ScaleRows = (ScaleRowsKernel)Function(Operation.ScaleRows);
        Transpose = (TransposeKernel)Function(Operation.Transpose);
        LayerNorm = (LayerNormKernel)Function(Operation.LayerNorm);
        LogitBias = (LogitBiasKernel)Function(Operation.LogitBias);
        SoftmaxTile = (SoftmaxTileKernel)Function(Operation.SoftmaxTile);
        ReciprocalSums = (ReciprocalSumsKernel)Function(Operation.ReciprocalSums);
        ColumnSoftmax = (ColumnSoftmaxKernel)Function(Operation.ColumnSoftmax);
        BetweenRows = (BetweenRowsKernel)Function(Operation.BilinearBetweenRows);
        AlongRow = (AlongRowKernel)Function(Operation.BilinearAlongRow);
        WindowRow = (AlongRowKernel)Function(Operation.BilinearWindowRow);
        Above = (AboveKernel)Function(Operation.Above);
        BytesAlongRow = (BytesAlongRowKernel)Function(Operation.BytesAlongRow);
        BytesBetweenRows = (BytesBetweenRowsKernel)Function(Operation.BytesBetweenRows);
    }

    public IsaLevel Isa { get; }

    /// <summary>Rows of a matrix product's tile.</summary>
    public int TileRows { get; }

    /// <summary>Columns of the widest tile; every narrower multiple of 16 exists as well.</summary>
    public int MaxPanelWidth { get; }

    /// <summary>The product of the widest tile with a sum; see <see cref="GemmSumScalar"/>.</summary>
    public GemmSumKernel GemmSum { get; }

    /// <inheritdoc cref="TileEpilogue"/>
    public TileKernel Bias { get; }

    /// <inheritdoc cref="TileEpilogue"/>
    public TileKernel BiasAdd { get; }

    /// <inheritdoc cref="TileEpilogue"/>
    public TileKernel BiasGelu { get; }

    /// <inheritdoc cref="TileEpilogue"/>
    public TileKernel BiasRelu { get; }

    /// <inheritdoc cref="RowOps"/>
    public AddRowsKernel AddRows { get; }

    /// <inheritdoc cref="RowOps"/>
    public AddRowsKernel SubtractRows { get; }

    /// <inheritdoc cref="StrassenOperands.LeftScalar"/>
    public StrassenLeftKernel StrassenLeft { get; }

    /// <inheritdoc cref="StrassenOperands.FirstScalar"/>
    public StrassenFirstKernel StrassenFirst { get; }

    /// <inheritdoc cref="StrassenOperands.RestScalar"/>
    public StrassenRestKernel StrassenRest { get; }

    /// <inheritdoc cref="RowOps"/>
    public ScaleRowsKernel ScaleRows { get; }

    /// <inheritdoc cref="Kernels.Transpose"/>
    public TransposeKernel Transpose { get; }

    /// <inheritdoc cref="Kernels.LayerNorm"/>
    public LayerNormKernel LayerNorm { get; }

    /// <inheritdoc cref="Kernels.LogitBias.Scalar"/>
    public LogitBiasKernel LogitBias { get; }

    /// <inheritdoc cref="Kernels.SoftmaxTile.Scalar"/>
    public SoftmaxTileKernel SoftmaxTile { get; }

    /// <inheritdoc cref="Kernels.SoftmaxTile.ReciprocalSumsScalar"/>
    public ReciprocalSumsKernel ReciprocalSums { get; }

    /// <inheritdoc cref="Kernels.ColumnSoftmax.Scalar"/>
    public ColumnSoftmaxKernel ColumnSoftmax { get; }

    /// <inheritdoc cref="Bilinear.BetweenRowsScalar"/>
    public BetweenRowsKernel BetweenRows { get; }

    /// <inheritdoc cref="Bilinear.AlongRowScalar"/>
    public AlongRowKernel AlongRow { get; }

    /// <inheritdoc cref="Bilinear.WindowRowScalar"/>
    public AlongRowKernel WindowRow { get; }

    /// <inheritdoc cref="Bilinear.AboveScalar"/>
    public AboveKernel Above { get; }

    /// <inheritdoc cref="ByteResize.AlongRowScalar"/>
    public BytesAlongRowKernel BytesAlongRow { get; }

    /// <inheritdoc cref="ByteResize.BetweenRowsScalar"/>
    public BytesBetweenRowsKernel BytesBetweenRows { get; }

    /// <summary>The matrix product whose tiles are this many columns wide; see <see cref="GemmScalar"/>.</summary>
    public GemmKernel Gemm(int width) => gemm[width / Lane.Count];

    /// <summary>
    /// The product whose tiles are this many columns wide, and logits, or null where the level has none: see
    /// <see cref="GemmLogitsScalar"/>.
    /// </summary>
    public GemmLogitsKernel GemmLogits(int width) => gemmLogits[width / Lane.Count];

    private nint Function(Operation operation) => KernelTable.Find(operation, Isa).Function;
}
