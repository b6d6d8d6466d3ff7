using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>
/// What the processor can do at most: independent fused multiply-adds on registers and nothing else. Speeds are given as
/// fractions of this, measured in the same minute, because shared machines change theirs.
/// </summary>
internal static class FmaPeak
{
    private const int Chains = 12;

    /// <summary>Four multipliers that take four cycles each, on the widest of these processors.</summary>
    private const int ArmChains = 16;

    private const int Rounds = 100_000;

    /// <summary>Billions of floating-point operations per second, two per lane and multiply-add, on some threads at once.</summary>
    /// <param name="isa">The vector width: 512, 256 or 128 bit, or scalar.</param>
    public static double Measure(IsaLevel isa, int threads, TimeSpan duration)
    {
        long[] rounds = new long[threads];
        Thread[] workers = new Thread[threads];
        using Barrier start = new(threads + 1);
        long deadline = 0;
        for (int i = 0; i < threads; i++)
        {
            int worker = i;
            workers[i] = new Thread(() =>
            {
                Run(isa, Rounds);
                start.SignalAndWait();
                while (Stopwatch.GetTimestamp() < Volatile.Read(ref deadline))
                {
                    Run(isa, Rounds);
                    rounds[worker] += Rounds;
                }
            });
            workers[i].Start();
        }

        deadline = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        long began = Stopwatch.GetTimestamp();
        start.SignalAndWait();
        foreach (Thread worker in workers)
        {
            worker.Join();
        }

        int multiplyAdds = isa switch
        {
            IsaLevel.Avx512 => Chains * 16,
            IsaLevel.Avx2 => Chains * 8,
            IsaLevel.Arm64 => ArmChains * 4,
            _ => Chains,
        };
        return rounds.Sum() * (2.0 * multiplyAdds) / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e9;
    }

    private static float Run(IsaLevel isa, long rounds) => isa switch
    {
        IsaLevel.Avx512 => Run512(rounds),
        IsaLevel.Avx2 => Run256(rounds),
        IsaLevel.Arm64 => Run128(rounds),
        _ => RunScalar(rounds),
    };

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Run512(long rounds)
    {
        Vector512<float> a = Vector512.Create(0.999f);
        Vector512<float> c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
        for (; rounds > 0; rounds--)
        {
            c0 = Avx512F.FusedMultiplyAdd(c0, a, a);
            c1 = Avx512F.FusedMultiplyAdd(c1, a, a);
            c2 = Avx512F.FusedMultiplyAdd(c2, a, a);
            c3 = Avx512F.FusedMultiplyAdd(c3, a, a);
            c4 = Avx512F.FusedMultiplyAdd(c4, a, a);
            c5 = Avx512F.FusedMultiplyAdd(c5, a, a);
            c6 = Avx512F.FusedMultiplyAdd(c6, a, a);
            c7 = Avx512F.FusedMultiplyAdd(c7, a, a);
            c8 = Avx512F.FusedMultiplyAdd(c8, a, a);
            c9 = Avx512F.FusedMultiplyAdd(c9, a, a);
            c10 = Avx512F.FusedMultiplyAdd(c10, a, a);
            c11 = Avx512F.FusedMultiplyAdd(c11, a, a);
        }

        return (c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11).GetElement(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Run256(long rounds)
    {
        Vector256<float> a = Vector256.Create(0.999f);
        Vector256<float> c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
        for (; rounds > 0; rounds--)
        {
            c0 = Fma.MultiplyAdd(c0, a, a);
            c1 = Fma.MultiplyAdd(c1, a, a);
            c2 = Fma.MultiplyAdd(c2, a, a);
            c3 = Fma.MultiplyAdd(c3, a, a);
            c4 = Fma.MultiplyAdd(c4, a, a);
            c5 = Fma.MultiplyAdd(c5, a, a);
            c6 = Fma.MultiplyAdd(c6, a, a);
            c7 = Fma.MultiplyAdd(c7, a, a);
            c8 = Fma.MultiplyAdd(c8, a, a);
            c9 = Fma.MultiplyAdd(c9, a, a);
            c10 = Fma.MultiplyAdd(c10, a, a);
            c11 = Fma.MultiplyAdd(c11, a, a);
        }

        return (c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11).GetElement(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Run128(long rounds)
    {
        Vector128<float> a = Vector128.Create(0.999f);
        Vector128<float> c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a;
        Vector128<float> c8 = a, c9 = a, c10 = a, c11 = a, c12 = a, c13 = a, c14 = a, c15 = a;
        for (; rounds > 0; rounds--)
        {
            c0 = AdvSimd.FusedMultiplyAdd(c0, a, a);
            c1 = AdvSimd.FusedMultiplyAdd(c1, a, a);
            c2 = AdvSimd.FusedMultiplyAdd(c2, a, a);
            c3 = AdvSimd.FusedMultiplyAdd(c3, a, a);
            c4 = AdvSimd.FusedMultiplyAdd(c4, a, a);
            c5 = AdvSimd.FusedMultiplyAdd(c5, a, a);
            c6 = AdvSimd.FusedMultiplyAdd(c6, a, a);
            c7 = AdvSimd.FusedMultiplyAdd(c7, a, a);
            c8 = AdvSimd.FusedMultiplyAdd(c8, a, a);
            c9 = AdvSimd.FusedMultiplyAdd(c9, a, a);
            c10 = AdvSimd.FusedMultiplyAdd(c10, a, a);
            c11 = AdvSimd.FusedMultiplyAdd(c11, a, a);
            c12 = AdvSimd.FusedMultiplyAdd(c12, a, a);
            c13 = AdvSimd.FusedMultiplyAdd(c13, a, a);
            c14 = AdvSimd.FusedMultiplyAdd(c14, a, a);
            c15 = AdvSimd.FusedMultiplyAdd(c15, a, a);
        }

        return (c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11 + c12 + c13 + c14 + c15).GetElement(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float RunScalar(long rounds)
    {
        const float a = 0.999f;
        float c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
        for (; rounds > 0; rounds--)
        {
            c0 = MathF.FusedMultiplyAdd(c0, a, a);
            c1 = MathF.FusedMultiplyAdd(c1, a, a);
            c2 = MathF.FusedMultiplyAdd(c2, a, a);
            c3 = MathF.FusedMultiplyAdd(c3, a, a);
            c4 = MathF.FusedMultiplyAdd(c4, a, a);
            c5 = MathF.FusedMultiplyAdd(c5, a, a);
            c6 = MathF.FusedMultiplyAdd(c6, a, a);
            c7 = MathF.FusedMultiplyAdd(c7, a, a);
            c8 = MathF.FusedMultiplyAdd(c8, a, a);
            c9 = MathF.FusedMultiplyAdd(c9, a, a);
            c10 = MathF.FusedMultiplyAdd(c10, a, a);
            c11 = MathF.FusedMultiplyAdd(c11, a, a);
        }

        return c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;
    }
}
