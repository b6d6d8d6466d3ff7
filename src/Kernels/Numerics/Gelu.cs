using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SamNative.Kernels;

/// <summary>
/// GELU(x) = x * P(X &lt; x) = max(x, 0) - |x| * P(X &gt; |x|), X standard normal: what is small where x is negative is never
/// the difference of two large numbers. -P(X &gt; a) is one of sixteen polynomials of degree 5, that of the nearest of the
/// points 0, 13/32, 26/32 and so on, in the distance d from it; from the last, 6.09, on it is zero (it is 5.5e-10 there).
/// <para>
/// The polynomials are minimax in absolute error, 6.9e-9 at most; coefficients were rounded lowest power first, each time
/// with the higher ones fitted again. GELU is within 1.13 ULP where it is positive, within 2.3e-8 where it is negative.
/// The coefficients of one power are one register of sixteen lanes from which every lane picks its own: half the time of
/// an erf with an exponential in it.
/// </para>
/// </summary>
internal static unsafe class Gelu
{
    private const int Points = 16;
    private const float Spacing = 13f / 32f;
    private const float PointsPerUnit = 1f / Spacing;
    private const float Last = (Points - 1) * Spacing;

    /// <summary>1.5 * 2^23: adding it leaves the nearest integer in the low bits of the sum.</summary>
    private const float Rounding = 12_582_912f;

    /// <summary>[power of d, point]: lowest power first.</summary>
    private static ReadOnlySpan<float> Coefficients =>
    [
        // d^0
        -0.5f, -0.342279464f, -0.2082524f, -0.111469552f,
        -0.0520812757f, -0.0211148169f, -0.00739460578f, -0.00222930079f,
        -0.000577025465f, -0.00012796621f, -2.42751321e-05f, -3.93395521e-06f,
        -5.44056491e-07f, -6.41556923e-08f, -6.44612541e-09f, 0f,
        // d^1
        0.398942262f, 0.367343426f, 0.286786675f, 0.189832285f,
        0.106538266f, 0.050695058f, 0.0204526708f, 0.0069961464f,
        0.00202904781f, 0.000498942449f, 0.000104024024f, 1.83883294e-05f,
        2.75598609e-06f, 3.50218158e-07f, 3.773361e-08f, 1.31312589e-07f,
        // d^2
        1.03650962e-06f, -0.0746141747f, -0.116504304f, -0.115677617f,
        -0.0865636468f, -0.0514884815f, -0.0249272957f, -0.00994766038f,
        -0.00329702068f, -0.000911983778f, -0.00021122917f, -4.1062518e-05f,
        -6.71141697e-06f, -9.23480002e-07f, -1.07083835e-07f, 4.95488212e-06f,
        // d^3
        -0.0665089041f, -0.0511178821f, -0.0162448585f, 0.0153552722f,
        0.0291316491f, 0.0264122058f, 0.0168446675f, 0.00826378539f,
        0.00323382881f, 0.00102844113f, 0.000268748263f, 5.81153945e-05f,
        1.04501132e-05f, 1.56800786e-06f, 1.9683182e-07f, 6.80156445e-05f,
        // d^4
        0.000137076699f, 0.0174607374f, 0.0225401036f, 0.0145354634f,
        0.00266620447f, -0.00474864431f, -0.00607097009f, -0.00421602512f,
        -0.00208972255f, -0.000797480054f, -0.000242235343f, -5.96235514e-05f,
        -1.202364e-05f, -2.00108229e-06f, -2.76267542e-07f, 0.00038104839f,
        // d^5
        0.00958577078f, 0.00617891317f, -0.00121360167f, -0.00581411086f,
        -0.00520010665f, -0.00201076199f, 0.00043027685f, 0.00114735425f,
        0.000864320202f, 0.000424407626f, 0.000154810943f, 4.40711228e-05f,
        1.00379502e-05f, 1.85591011e-06f, 2.81190154e-07f, 0.000748536433f,
    ];

    /// <summary>
    /// The coefficients where they are read: no row lies across two lines of the cache, which would cost a kernel 40 %.
    /// Kept as long as the process lives.
    /// </summary>
    internal static readonly float* Table = Align(Coefficients);

    internal static float Of(float x)
    {
        float a = MathF.Abs(x);
        float c = a < Last ? a : Last;
        float sum = MathF.FusedMultiplyAdd(c, PointsPerUnit, Rounding);
        float d = MathF.FusedMultiplyAdd(sum - Rounding, -Spacing, c);
        float* ofPoint = Table + (BitConverter.SingleToInt32Bits(sum) % Points);
        float q = ofPoint[5 * Points];
        q = MathF.FusedMultiplyAdd(q, d, ofPoint[4 * Points]);
        q = MathF.FusedMultiplyAdd(q, d, ofPoint[3 * Points]);
        q = MathF.FusedMultiplyAdd(q, d, ofPoint[2 * Points]);
        q = MathF.FusedMultiplyAdd(q, d, ofPoint[1 * Points]);
        q = MathF.FusedMultiplyAdd(q, d, ofPoint[0]);
        return MathF.FusedMultiplyAdd(c, q, 0f > x ? 0f : x);
    }

    /// <summary>GELU of sixteen lanes.</summary>
    /// <param name="table"><see cref="Table"/>, which a kernel asks for once: a static field is checked at every use.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Of<T>(T x, float* table)
        where T : struct, ILanes<T>
    {
        T rounding = T.Broadcast(Rounding);
        T c = T.Min(T.Abs(x), T.Broadcast(Last));
        T sum = T.Fma(c, T.Broadcast(PointsPerUnit), rounding);
        T d = T.Fma(T.Subtract(sum, rounding), T.Broadcast(-Spacing), c);
        T q = T.Lookup(table + (5 * Points), sum);
        q = T.Fma(q, d, T.Lookup(table + (4 * Points), sum));
        q = T.Fma(q, d, T.Lookup(table + (3 * Points), sum));
        q = T.Fma(q, d, T.Lookup(table + (2 * Points), sum));
        q = T.Fma(q, d, T.Lookup(table + (1 * Points), sum));
        q = T.Fma(q, d, T.Lookup(table, sum));
        return T.Fma(c, q, T.Max(T.Zero, x));
    }

    private static float* Align(ReadOnlySpan<float> values)
    {
        float* aligned = (float*)NativeMemory.AlignedAlloc((nuint)values.Length * sizeof(float), 64);
        values.CopyTo(new Span<float>(aligned, values.Length));
        return aligned;
    }
}
