namespace SamNative.Kernels;

/// <summary>What a worker needs for products of a block of rows.</summary>
internal sealed unsafe class StrassenScratch : IDisposable
{
    /// <summary>Tiles that the inner level works on.</summary>
    private const int TileCount = 8;

    /// <summary>Right operands that are made: two of the outer level, four blocks each, and three of the inner level.</summary>
    private const int RightBlocks = 11;

    private readonly NativeBuffer memory;

    /// <param name="depth">The largest depth of a product of one unit.</param>
    public StrassenScratch(KernelSet kernels, int depth)
    {
        nint tiles = TileCount * MatrixProduct.TileFloats;
        nint quarter = 4 * (nint)(StrassenProduct.QuarterRows + StrassenLeft.SpareRows) * kernels.MaxPanelWidth;
        nint right = RightBlocks * (nint)kernels.MaxPanelWidth * depth / 4;
        nint left = StrassenLeft.Floats(depth);
        memory = new NativeBuffer(tiles + (4 * quarter) + right + left + StrassenLeft.Floats(PackedMatrix.Chunk));
        Tiles = memory.Pointer;
        P0 = Tiles + tiles;
        P4 = P0 + quarter;
        C12 = P4 + quarter;
        C21 = C12 + quarter;
        Right = C21 + quarter;
        Left = new StrassenLeft(Right + right);
        HiddenLeft = new StrassenLeft(Right + right + left);
    }

    /// <summary>The inner level's tiles.</summary>
    public float* Tiles { get; }

    /// <summary>A product of the outer level at one place: [rows of tiles, 2, 2] tiles; then C22.</summary>
    public float* P0 { get; }

    /// <summary>A product of the outer level at one place.</summary>
    public float* P4 { get; }

    /// <summary>A quarter of C at one place.</summary>
    public float* C12 { get; }

    /// <inheritdoc cref="C12"/>
    public float* C21 { get; }

    /// <summary>The right operands that are made.</summary>
    public float* Right { get; }

    /// <summary>The left operands of a product.</summary>
    public StrassenLeft Left { get; }

    /// <summary>The left operands of an MLP's second product.</summary>
    public StrassenLeft HiddenLeft { get; }

    public long Bytes => memory.Length * sizeof(float);

    public void Dispose() => memory.Dispose();
}
