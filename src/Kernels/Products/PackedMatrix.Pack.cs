using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>How weights come into their packed order. Values are moved, never computed with.</summary>
internal sealed unsafe partial class PackedMatrix
{
    /// <summary>Fills the columns of one panel.</summary>
    /// <param name="panel">The panel to fill.</param>
    /// <param name="source">Rows of sourceStride values, whole: a weight as PyTorch keeps it, [out, in], or a part of it.</param>
    /// <param name="columnOf">Maps a column of this matrix to a row of the weight; -1 for a column of zeros.</param>
    /// <param name="rowOf">Maps a row of this matrix to a position within a row of source; -1 for zero. Empty is identity.</param>
    /// <param name="firstSourceRow">The row of the weight that source begins with.</param>
    public void Pack(
        Panel panel, ReadOnlySpan<float> source, int sourceStride, ReadOnlySpan<int> columnOf, ReadOnlySpan<int> rowOf,
        int firstSourceRow = 0)
    {
        bool inOrder = rowOf.IsEmpty || IsIdentity(rowOf);
        Span<int> starts = stackalloc int[Lane.Count];
        for (int column = panel.Column; column < panel.Column + panel.Width; column += Lane.Count)
        {
            bool whole = true;
            for (int j = 0; j < Lane.Count; j++)
            {
                int row = column + j < Columns ? columnOf[column + j] : -1;
                starts[j] = row < 0 ? -1 : (row - firstSourceRow) * sourceStride;
                whole &= row >= 0;
            }

            float* destination = At(panel) + (column - panel.Column);
            if (whole && inOrder)
            {
                Transpose(source, starts, Rows, destination, panel.Width);
            }
            else
            {
                Gather(source, sourceStride, starts, rowOf, Rows, destination, panel.Width);
            }
        }
    }

    private static bool IsIdentity(ReadOnlySpan<int> map)
    {
        for (int i = 0; i < map.Length; i++)
        {
            if (map[i] != i)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Writes sixteen rows of source, each of count values, as sixteen columns, four by four: every line of the destination
    /// is written once, whole.
    /// </summary>
    /// <param name="starts">Where the rows begin.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(ReadOnlySpan<float> source, ReadOnlySpan<int> starts, int count, float* destination, nint stride)
    {
        const int Side = 4;
        int blocked = Sse.IsSupported || AdvSimd.Arm64.IsSupported ? count - (count % Side) : 0;
        foreach (int start in starts)
        {
            _ = source.Slice(start, count);
        }

        fixed (float* first = source)
        {
            for (int k = 0; k < blocked; k += Side)
            {
                for (int j = 0; j < Lane.Count; j += Side)
                {
                    Transpose4(
                        first + starts[j] + k, first + starts[j + 1] + k, first + starts[j + 2] + k, first + starts[j + 3] + k,
                        destination + (k * stride) + j, stride);
                }
            }

            for (int k = blocked; k < count; k++)
            {
                for (int j = 0; j < Lane.Count; j++)
                {
                    destination[(k * stride) + j] = first[starts[j] + k];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* a, float* b, float* c, float* d, float* destination, nint stride)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            Kernels.Transpose.FourArm64(a, b, c, d, destination, stride);
            return;
        }

        Vector128<float> va = Vector128.Load(a), vb = Vector128.Load(b), vc = Vector128.Load(c), vd = Vector128.Load(d);
        Vector128<float> lowAb = Sse.UnpackLow(va, vb), lowCd = Sse.UnpackLow(vc, vd);
        Vector128<float> highAb = Sse.UnpackHigh(va, vb), highCd = Sse.UnpackHigh(vc, vd);
        Sse.MoveLowToHigh(lowAb, lowCd).Store(destination);
        Sse.MoveHighToLow(lowCd, lowAb).Store(destination + stride);
        Sse.MoveLowToHigh(highAb, highCd).Store(destination + (2 * stride));
        Sse.MoveHighToLow(highCd, highAb).Store(destination + (3 * stride));
    }

    /// <summary>Sixteen columns of any rows and positions; zeros where a row or a position is -1.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Gather(
        ReadOnlySpan<float> source, int sourceStride, ReadOnlySpan<int> starts, ReadOnlySpan<int> rowOf, int count,
        float* destination, nint stride)
    {
        for (int j = 0; j < Lane.Count; j++)
        {
            ReadOnlySpan<float> row = starts[j] < 0 ? [] : source.Slice(starts[j], sourceStride);
            for (int k = 0; k < count; k++)
            {
                int at = row.IsEmpty ? -1 : rowOf.IsEmpty ? k : rowOf[k];
                destination[(k * stride) + j] = at < 0 ? 0f : row[at];
            }
        }
    }
}
