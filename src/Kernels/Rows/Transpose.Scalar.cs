namespace SamNative.Kernels;

/// <summary>
/// Rows become columns: destination[c, r] = source[r, c]. Strides count floats; rows are a multiple of <see cref="Rows"/>,
/// columns of 16; the two do not overlap.
/// </summary>
internal static unsafe partial class Transpose
{
    /// <summary>The fewest rows.</summary>
    public const int Rows = 8;

    public static void Scalar(float* source, nint lds, float* destination, nint ldd, nint rows, nint columns)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint c = 0; c < columns; c++)
            {
                destination[(c * ldd) + r] = source[(r * lds) + c];
            }
        }
    }
}
