namespace SamNative.Kernels.Tests;

/// <summary>Double-precision functions, written from their definitions.</summary>
internal static class Oracle
{
    /// <summary>erf by its series of positive terms (Abramowitz and Stegun 7.1.6), good to double precision.</summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x);
        }

        double term = x;
        double sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>x times the normal distribution function.</summary>
    public static double Gelu(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>How far a single-precision GELU may be from its exact value.</summary>
    public static double GeluTolerance(double value) => Math.Max(3e-8, 2 * Ulp.At(value));
}
