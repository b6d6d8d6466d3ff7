using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>How the processor rounds on the calling thread, which a host can change behind the runtime's back.</summary>
internal static class FloatEnvironment
{
    /// <summary>Refuses a thread on which the same operations would give other bytes.</summary>
    /// <exception cref="NotSupportedException">
    /// Subnormal numbers are flushed to zero (FTZ or DAZ of MXCSR, FZ of FPCR), or rounding is not to nearest.
    /// </exception>
    public static void Check()
    {
        // Bits, not numbers: the JIT runs on this thread as well, and would make zero of a constant that is subnormal.
        const int SmallestNormal = 0x0080_0000;
        const int Subnormal = SmallestNormal / 4;
        if (Product(SmallestNormal, 0.25f) == 0 || Product(Subnormal, 4) == 0)
        {
            throw new NotSupportedException(
                "This thread flushes subnormal numbers to zero (FTZ or DAZ, as -ffast-math and audio libraries set them), which "
                + "changes results. Switch that off, or call from another thread.");
        }

        const float UnitRoundoff = 1f / (1 << 24);
        if (Sum(1, UnitRoundoff) != 1 || Sum(1, 1.5f * UnitRoundoff) == 1)
        {
            throw new NotSupportedException(
                "This thread does not round to nearest, which changes results. Restore the rounding mode (FE_TONEAREST), or call "
                + "from another thread.");
        }
    }

    // Calls of their own, so that no compiler does the arithmetic for the processor.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Product(int bits, float factor) =>
        BitConverter.SingleToInt32Bits(BitConverter.Int32BitsToSingle(bits) * factor);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Sum(float a, float b) => a + b;
}
