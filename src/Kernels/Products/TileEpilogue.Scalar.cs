namespace SamNative.Kernels;

/// <summary>
/// What happens to a finished tile of a matrix product on its way to memory. For every row r and lane n:
/// <list type="bullet">
/// <item>Bias: destination = tile + bias</item>
/// <item>BiasAdd: destination = destination + (tile + bias), the residual connection</item>
/// <item>BiasGelu: destination = GELU(tile + bias), the exact one (<see cref="Gelu"/>)</item>
/// <item>BiasRelu: destination = max(tile + bias, +0)</item>
/// </list>
/// tile and destination are rows with strides ldt and ldd in floats and may be the same; lanes is a multiple of 16.
/// </summary>
internal static unsafe partial class TileEpilogue
{
    public static void BiasScalar(float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint n = 0; n < lanes; n++)
            {
                destination[(r * ldd) + n] = tile[(r * ldt) + n] + bias[n];
            }
        }
    }

    public static void BiasAddScalar(float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint n = 0; n < lanes; n++)
            {
                destination[(r * ldd) + n] += tile[(r * ldt) + n] + bias[n];
            }
        }
    }

    public static void BiasGeluScalar(float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint n = 0; n < lanes; n++)
            {
                destination[(r * ldd) + n] = Gelu.Of(tile[(r * ldt) + n] + bias[n]);
            }
        }
    }

    public static void BiasReluScalar(float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint n = 0; n < lanes; n++)
            {
                float value = tile[(r * ldt) + n] + bias[n];
                destination[(r * ldd) + n] = value > 0f ? value : 0f;
            }
        }
    }
}
