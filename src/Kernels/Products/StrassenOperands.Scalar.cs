namespace SamNative.Kernels;

/// <summary>
/// The sums that Strassen's algorithm (Strassen 1969) multiplies instead of the blocks themselves. A level turns a matrix
/// in quarters X11, X12, X21, X22 into seven operands; with two levels there are 49, operand 7 * outer + inner, of blocks
/// that are a quarter as long on each side. In the order in which the products are made:
/// <code>
/// left:  A11 + A22   A22         A11 + A12   A12 - A22   A21 + A22   A11         A21 - A11
/// right: B11 + B22   B21 - B11   B22         B21 + B22   B11         B12 - B22   B11 + B12
/// </code>
/// </summary>
internal static unsafe partial class StrassenOperands
{
    /// <summary>Operands of one level.</summary>
    public const int Seven = 7;

    /// <summary>Operands of both levels.</summary>
    public const int Count = Seven * Seven;

    /// <summary>
    /// All 49 left operands: destination[7 * outer + inner, row, k], blocks of blockFloats, rows ldd apart.
    /// </summary>
    /// <param name="source">[4 * quarterRows, 4 * depth], stride lds.</param>
    /// <param name="quarterRows">Rows of a block.</param>
    /// <param name="depth">Columns of a block, a multiple of 16.</param>
    /// <param name="rows">How many rows of each block are made, at most quarterRows.</param>
    public static void LeftScalar(
        float* source, nint lds, nint quarterRows, nint depth, float* destination, nint ldd, nint blockFloats, nint rows)
    {
        float* outer = stackalloc float[4 * Seven];
        for (nint r = 0; r < rows; r++)
        {
            for (nint k = 0; k < depth; k++)
            {
                for (int place = 0; place < 4; place++)
                {
                    float* x = source + ((r + (place / 2 * quarterRows)) * lds) + k + (place % 2 * depth);
                    float* below = x + (2 * quarterRows * lds);
                    Sums(x[0], x[2 * depth], below[0], below[2 * depth], outer + place, 4);
                }

                for (int p = 0; p < Seven; p++)
                {
                    float* q = outer + (4 * p);
                    Sums(q[0], q[1], q[2], q[3], destination + (p * Seven * blockFloats) + (r * ldd) + k, blockFloats);
                }
            }
        }
    }

    /// <summary>What the first three products of a level give: c11 = (p0 + p1) - p2, to which p3 is added.</summary>
    public static void FirstScalar(float* p0, float* p1, float* p2, float* c11, nint count)
    {
        for (nint i = 0; i < count; i++)
        {
            c11[i] = p0[i] + p1[i] - p2[i];
        }
    }

    /// <summary>
    /// What two more give: c12 = c12 + p5, c21 = c21 + p4, c22 = (p0 - p4) + p5. c22 may be p0.
    /// </summary>
    public static void RestScalar(float* p0, float* p4, float* p5, float* c12, float* c21, float* c22, nint count)
    {
        for (nint i = 0; i < count; i++)
        {
            c12[i] += p5[i];
            c21[i] += p4[i];
            c22[i] = p0[i] - p4[i] + p5[i];
        }
    }

    private static void Sums(float a11, float a12, float a21, float a22, float* destination, nint stride)
    {
        destination[0] = a11 + a22;
        destination[stride] = a22;
        destination[2 * stride] = a11 + a12;
        destination[3 * stride] = a12 - a22;
        destination[4 * stride] = a21 + a22;
        destination[5 * stride] = a11;
        destination[6 * stride] = a21 - a11;
    }
}
