namespace SamNative.Kernels;

/// <summary>Room for the 49 left operands of a block of rows.</summary>
internal readonly unsafe struct StrassenLeft(float* operands)
{
    /// <summary>Rows behind a block that whole tiles may read.</summary>
    public const int SpareRows = 8;

    /// <summary>Floats for operands of this depth.</summary>
    public static nint Floats(int depth) => StrassenOperands.Count * BlockFloats(depth / 4);

    /// <summary>Makes them.</summary>
    /// <param name="a">[BlockRows, depth], stride lda; rows past the last are overwritten with zeros.</param>
    public StrassenRows Make(KernelSet kernels, float* a, nint lda, int rows, int depth)
    {
        for (int r = rows; r < StrassenProduct.BlockRows; r++)
        {
            new Span<float>(a + (r * lda), depth).Clear();
        }

        int made = Math.Min(rows, StrassenProduct.QuarterRows);
        nint stride = Stride(depth / 4);
        nint block = BlockFloats(depth / 4);
        kernels.StrassenLeft(a, lda, StrassenProduct.QuarterRows, depth / 4, operands, stride, block, made);
        return new StrassenRows(operands, stride, block, made, rows);
    }

    private static nint BlockFloats(int depth) => (StrassenProduct.QuarterRows + SpareRows) * Stride(depth);

    /// <summary>Floats from row to row: whole lanes, and not a power of two.</summary>
    private static nint Stride(int depth) => depth + Lane.Count;
}

/// <summary>The left operands of a block of rows.</summary>
/// <param name="stride">Floats from row to row.</param>
/// <param name="blockFloats">Floats from operand to operand.</param>
/// <param name="rows">Rows of each operand that there are.</param>
/// <param name="blockRows">Rows of the block that there are.</param>
internal readonly unsafe struct StrassenRows(float* operands, nint stride, nint blockFloats, int rows, int blockRows)
{
    public nint Stride { get; } = stride;

    public nint BlockFloats { get; } = blockFloats;

    public int Rows { get; } = rows;

    public int BlockRows { get; } = blockRows;

    /// <summary>The first of the seven operands that belong to one of the outer level.</summary>
    public float* Operand(int outer) => operands + (outer * StrassenOperands.Seven * BlockFloats);
}
