namespace SamNative.Kernels;

/// <summary>Room for the 49 left operands of a block of rows.</summary>
internal readonly unsafe struct StrassenLeft(float* operands)
{
    /// <summary>Rows behind a block that whole tiles may read.</summary>
    public const int SpareRows = 8;

    /// <summary>Floats for operands of this depth.</summary>
    public static nint Floats(int depth) => StrassenOperands.Count * BlockFloats(depth / 4);

    /// <summary>Makes them.</summary>
    /// <param name="a">[BlockRows, depth], stride lda; the piece's rows past the last are overwritten with zeros.</param>
    public StrassenRows Make(KernelSet kernels, float* a, nint lda, in RowPiece piece, int depth)
    {
        for (int part = 0; part < StrassenProduct.BlockRows / StrassenProduct.QuarterRows; part++)
        {
            (int row, int rows) = piece.Part(part);
            for (int r = Math.Max(0, rows); r < piece.StripRows; r++)
            {
                new Span<float>(a + ((row + r) * lda), depth).Clear();
            }
        }

        nint stride = Stride(depth / 4);
        nint block = BlockFloats(depth / 4);
        kernels.StrassenLeft(
            a + (piece.Strip * lda), lda, StrassenProduct.QuarterRows, depth / 4, operands, stride, block, piece.StripRows);
        return new StrassenRows(operands, stride, block, piece);
    }

    private static nint BlockFloats(int depth) => (StrassenProduct.QuarterRows + SpareRows) * Stride(depth);

    /// <summary>Floats from row to row: whole lanes, and not a power of two.</summary>
    private static nint Stride(int depth) => depth + Lane.Count;
}

/// <summary>The left operands of a piece of a block of rows: those of its strip.</summary>
/// <param name="stride">Floats from row to row.</param>
/// <param name="blockFloats">Floats from operand to operand.</param>
internal readonly unsafe struct StrassenRows(float* operands, nint stride, nint blockFloats, RowPiece piece)
{
    public nint Stride { get; } = stride;

    public nint BlockFloats { get; } = blockFloats;

    /// <summary>Whose rows they are.</summary>
    public RowPiece Piece { get; } = piece;

    /// <summary>Rows of each operand that there are.</summary>
    public int Rows => Piece.StripRows;

    /// <summary>The first of the seven operands that belong to one of the outer level.</summary>
    public float* Operand(int outer) => operands + (outer * StrassenOperands.Seven * BlockFloats);
}
