using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

/// <summary>Operands of matrix products as their contract wants them.</summary>
internal static unsafe class Packed
{
    /// <summary>A weight [columns, depth], packed whole.</summary>
    public static PackedMatrix All(KernelSet kernels, ReadOnlySpan<float> weight, int depth, int columns) =>
        Mapped(kernels, weight, depth, [.. Enumerable.Range(0, columns)], depth, []);

    /// <summary>A matrix of columnOf.Length columns and depth rows taken from a weight [any, stride].</summary>
    public static PackedMatrix Mapped(
        KernelSet kernels, ReadOnlySpan<float> weight, int stride, ReadOnlySpan<int> columnOf, int depth,
        ReadOnlySpan<int> rowOf)
    {
        PackedMatrix packed = new(depth, columnOf.Length, kernels.MaxPanelWidth);
        foreach (Panel panel in packed.Panels)
        {
            packed.Pack(panel, weight, stride, columnOf, rowOf);
        }

        return packed;
    }

    /// <summary>
    /// The first rows of a, in a buffer of whole tiles; those past the last are NaN and must not leak.
    /// </summary>
    public static GuardedBuffer Rows(KernelSet kernels, ReadOnlySpan<float> a, int lda, int rows, int count)
    {
        int whole = MatrixProduct.RowsInTiles(kernels, rows);
        float[] block = new float[whole == 0 ? 0 : ((whole - 1) * lda) + count];
        Array.Fill(block, float.NaN);
        for (int r = 0; r < rows; r++)
        {
            a.Slice(r * lda, count).CopyTo(block.AsSpan(r * lda));
        }

        return GuardedBuffer.Of<float>(block, GuardSide.Right);
    }
}
