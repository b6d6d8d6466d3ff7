namespace SamNative.Kernels;

/// <summary>
/// Row-wise sums and products. AddRows: destination = left + right. SubtractRows: destination = left - right. ScaleRows: row r of
/// destination = row r of source * factors[r].
/// Strides count floats, lanes is a multiple of 16; destination may be one of the sources.
/// </summary>
internal static unsafe partial class RowOps
{
    public static void AddRowsScalar(
        float* left, nint ldl, float* right, nint ldr, float* destination, nint ldd, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint n = 0; n < lanes; n++)
            {
                destination[(r * ldd) + n] = left[(r * ldl) + n] + right[(r * ldr) + n];
            }
        }
    }

    public static void SubtractRowsScalar(
        float* left, nint ldl, float* right, nint ldr, float* destination, nint ldd, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint n = 0; n < lanes; n++)
            {
                destination[(r * ldd) + n] = left[(r * ldl) + n] - right[(r * ldr) + n];
            }
        }
    }

    public static void ScaleRowsScalar(
        float* source, nint lds, float* factors, float* destination, nint ldd, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint n = 0; n < lanes; n++)
            {
                destination[(r * ldd) + n] = source[(r * lds) + n] * factors[r];
            }
        }
    }
}
