namespace SamNative.Kernels;

/// <summary>What a worker needs for products of a block of rows.</summary>
internal readonly unsafe struct StrassenScratch
{
    /// <summary>Tiles that the inner level works on.</summary>
    private const int TileCount = 8;

    /// <summary>Right operands that are made: two of the outer level, four blocks each, and three of the inner level.</summary>
    private const int RightBlocks = 11;

    /// <param name="depth">The largest depth of a product of one unit.</param>
    /// <param name="memory">At least <see cref="Floats"/>, holding anything.</param>
    public StrassenScratch(KernelSet kernels, int depth, float* memory)
    {
        nint quarter = QuarterFloats(kernels);
        Tiles = memory;
        P0 = Tiles + (TileCount * MatrixProduct.TileFloats);
        P4 = P0 + quarter;
        C12 = P4 + quarter;
        C21 = C12 + quarter;
        Right = C21 + quarter;
        float* left = Right + RightFloats(kernels, depth);
        Left = new StrassenLeft(left);
        HiddenLeft = new StrassenLeft(left + StrassenLeft.Floats(depth));
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

    /// <summary>The floats it takes.</summary>
    /// <param name="depth">The largest depth of a product of one unit.</param>
    /// <param name="hidden">Whether for both products of an MLP.</param>
    public static nint Floats(KernelSet kernels, int depth, bool hidden) =>
        (TileCount * MatrixProduct.TileFloats) + (4 * QuarterFloats(kernels)) + RightFloats(kernels, depth)
        + StrassenLeft.Floats(depth) + (hidden ? StrassenLeft.Floats(PackedMatrix.Chunk) : 0);

    private static nint QuarterFloats(KernelSet kernels) =>
        4 * (nint)(StrassenProduct.QuarterRows + StrassenLeft.SpareRows) * kernels.MaxPanelWidth;

    private static nint RightFloats(KernelSet kernels, int depth) => RightBlocks * (nint)kernels.MaxPanelWidth * depth / 4;
}
