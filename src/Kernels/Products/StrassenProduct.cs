using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// Products with 49 of 64 multiplications: two levels of Strassen's algorithm on blocks of 256 rows. With P0 to P6 the
/// products of the left and right operands (<see cref="StrassenOperands"/>), in the order they are made:
/// <code>
/// C11 = ((P0 + P1) - P2) + P3     C12 = P2 + P5     C21 = P1 + P4     C22 = ((P0 - P4) + P5) + P6
/// </code>
/// Winograd's form saves a few additions and rounds nearly twice as much on two levels.
/// The inner level goes tile by tile, so that its seven products and their sums stay in the first-level cache; the outer
/// level goes panel by panel, so that its right operands stay in the second. Which rows share a block is part of the
/// model's arithmetic: every ISA cuts them alike, and rows past the last count as zeros.
/// </summary>
internal static unsafe class StrassenProduct
{
    /// <summary>Rows of a block.</summary>
    public const int BlockRows = 256;

    /// <summary>
    /// The longest chain of fused multiply-adds. Half of what plain products have: operands and products are larger here
    /// than the result, and chains of 192 would bring the encoder's error near its bar.
    /// </summary>
    public const int LongestChain = 96;

    /// <summary>Rows of a quarter of a quarter.</summary>
    public const int QuarterRows = BlockRows / 4;

    /// <summary>Multiplies a piece of a block of rows by B, whose depth is one unit.</summary>
    /// <param name="a">[BlockRows, B.Rows], stride lda; the piece's rows past the last are overwritten with zeros.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TSink>(
        KernelSet kernels, float* a, nint lda, in RowPiece piece, StrassenMatrix b, in StrassenScratch scratch, in TSink sink)
        where TSink : struct, ITileSink
    {
        StrassenRows left = scratch.Left.Make(kernels, a, lda, piece, b.Rows);
        Multiply(kernels, left, b, unit: 0, 0, b.Places, b.At(0, 0), scratch, sink);
    }

    /// <summary>
    /// The two layers of an MLP for a piece of a block of rows: sink(activation(A * first + bias) * second). The hidden layer is made
    /// and used up in chunks, which are columns of the first product and a unit of the second; each unit's share of the
    /// result goes to a sink that adds it to the others.
    /// </summary>
    /// <param name="a">[BlockRows, first.Rows], stride lda; becomes the chunk of the hidden layer, so it must have room for it.</param>
    /// <param name="share">Takes the share of every unit but the last.</param>
    /// <param name="last">Takes the share of the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunMlp<TSink>(
        KernelSet kernels, float* a, nint lda, in RowPiece piece, StrassenMatrix first, float* firstBias, TileKernel activation,
        StrassenMatrix second, in StrassenScratch scratch, in TSink share, in TSink last)
        where TSink : struct, ITileSink
    {
        StrassenRows left = scratch.Left.Make(kernels, a, lda, piece, first.Rows);
        int next = 0;
        for (int unit = 0; unit < second.DepthUnits; unit++)
        {
            int start = unit * second.DepthUnit;
            int depth = Math.Min(second.DepthUnit, second.Rows - start);
            int begin = next;
            while (next < first.Places && first.At(next, 0).Column < start + depth)
            {
                next++;
            }

            HiddenSink hidden = new(activation, firstBias, a, lda, start);
            Multiply(kernels, left, first, unit: 0, begin, next, second.At(0, unit), scratch, hidden);
            StrassenRows middle = scratch.HiddenLeft.Make(kernels, a, lda, piece, depth);
            bool isLast = unit == second.DepthUnits - 1;
            StrassenPanels after = first.At(isLast ? 0 : next, 0);
            Multiply(kernels, middle, second, unit, 0, second.Places, after, scratch, isLast ? last : share);
        }
    }

    /// <param name="after">What will be multiplied next, perhaps: the first place of the next unit, or block of rows.</param>
    private static void Multiply<TSink>(
        KernelSet kernels, in StrassenRows left, StrassenMatrix b, int unit, int begin, int end, StrassenPanels after,
        in StrassenScratch scratch, in TSink sink)
        where TSink : struct, ITileSink
    {
        for (int place = begin; place < end; place++)
        {
            StrassenPanels next = place + 1 < end ? b.At(place + 1, unit) : after;
            new StrassenPlace<TSink>(kernels, left, b.At(place, unit), next, scratch, sink).Run();
        }
    }
}
