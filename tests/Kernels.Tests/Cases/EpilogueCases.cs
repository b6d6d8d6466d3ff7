namespace SamNative.Kernels.Tests;

/// <summary>Bias, residual and activation of finished tiles.</summary>
internal static unsafe class EpilogueCases
{
    public static IEnumerable<KernelCase> Bias() => All((tile, bias, _) => (float)((double)tile + bias), Exactly);

    public static IEnumerable<KernelCase> BiasAdd() =>
        All((tile, bias, before) => (float)((double)before + (float)((double)tile + bias)), Exactly);

    public static IEnumerable<KernelCase> BiasRelu() =>
        All((tile, bias, _) => (double)tile + bias > 0 ? (float)((double)tile + bias) : 0f, Exactly);

    public static IEnumerable<KernelCase> BiasGelu() => All(
        (tile, bias, _) => Oracle.Gelu((float)((double)tile + bias)),
        (expected, actual, what, at) => Ulp.Near(expected, actual, Oracle.GeluTolerance(expected), what, at));

    private static void Exactly(double expected, float actual, string what, int at) =>
        Ulp.Same((float)expected, actual, what, at);

    private static IEnumerable<KernelCase> All(
        Func<float, float, float, double> formula, Action<double, float, string, int> compare)
    {
        Random random = new(2);
        foreach (Fill fill in Enum.GetValues<Fill>())
        {
            foreach (int rows in (int[])[0, 1, 2, 7, 8])
            {
                foreach (int lanes in (int[])[0, 16, 32, 48, 80])
                {
                    yield return Case(random, fill, rows, lanes, inPlace: false, formula, compare);
                    yield return Case(random, fill, rows, lanes, inPlace: true, formula, compare);
                }
            }
        }
    }

    private static KernelCase Case(
        Random random, Fill fill, int rows, int lanes, bool inPlace,
        Func<float, float, float, double> formula, Action<double, float, string, int> compare)
    {
        int slack = (rows + lanes) % 3 * 16;
        int ldt = lanes + slack;
        int ldd = inPlace ? ldt : lanes + (slack / 2);
        float[] tile = Values.Matrix(random, fill, rows, lanes, ldt);
        float[] bias = Values.Vector(random, fill, lanes);
        float[] before = inPlace ? tile : Values.Matrix(random, fill, rows, lanes, ldd);
        int result = inPlace ? 0 : 2;
        return new(
            $"{rows}x{lanes}, strides {ldt} and {ldd}, {fill}{(inPlace ? ", in place" : "")}",
            inPlace ? [tile, bias] : [tile, bias, before],
            (kernel, at) => ((TileKernel)kernel.Function)(
                at.Floats(0), ldt, at.Floats(1), at.Floats(result), ldd, rows, lanes),
            results =>
            {
                float[] actual = (float[])results[result];
                for (int i = 0; i < rows * lanes; i++)
                {
                    int r = i / lanes;
                    int n = i % lanes;
                    double expected = formula(tile[(r * ldt) + n], bias[n], before[(r * ldd) + n]);
                    compare(expected, actual[(r * ldd) + n], "epilogue", i);
                }
            });
    }
}
