namespace SamNative.Kernels.Tests;

/// <summary>Distances between a single-precision result and the value it should have.</summary>
internal static class Ulp
{
    /// <summary>Half the distance from 1 to the next float: the largest relative error of one rounding.</summary>
    public const double Unit = 1.0 / (1 << 24);

    /// <summary>The distance of the floats around a value; that of the denormals below 2^-126.</summary>
    public static double At(double value)
    {
        double magnitude = Math.Max(Math.Abs(value), 1.17549435082228751e-38);
        return Math.ScaleB(1, Math.ILogB(magnitude) - 23);
    }

    /// <summary>Fails where a value is further from the expected one than the tolerance.</summary>
    public static void Near(double expected, float actual, double tolerance, string what, int at)
    {
        if (!(Math.Abs(actual - expected) <= tolerance))
        {
            double error = Math.Abs(actual - expected);
            throw new InvalidOperationException($"{what} at {at}: {actual:R} is {error:G3} from {expected:R}, allowed {tolerance:G3}");
        }
    }

    /// <summary>Fails where a value is not the expected one to the last bit, the sign of zero included.</summary>
    public static void Same(float expected, float actual, string what, int at)
    {
        if (BitConverter.SingleToInt32Bits(expected) != BitConverter.SingleToInt32Bits(actual))
        {
            throw new InvalidOperationException($"{what} at {at}: {actual:R}, not {expected:R}");
        }
    }
}
