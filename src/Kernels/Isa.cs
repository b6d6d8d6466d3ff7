using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>Which instruction set this process uses: the best one found, or the one that SAMNATIVE_ISA forces.</summary>
public static class Isa
{
    /// <summary>The environment variable that forces a level: scalar, avx2, avx512 or arm64.</summary>
    public const string EnvironmentVariable = "SAMNATIVE_ISA";

    /// <summary>The best level that this processor has and this program was compiled for.</summary>
    /// <remarks>
    /// Avx512F.IsSupported rather than Vector512.IsHardwareAccelerated: the latter is false on processors that lower
    /// their clock for 512-bit work, where the kernels are still the faster ones.
    /// </remarks>
    public static IsaLevel Found { get; } =
        Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported
            ? IsaLevel.Avx512
            : Avx2.IsSupported && Fma.IsSupported ? IsaLevel.Avx2
            : AdvSimd.Arm64.IsSupported ? IsaLevel.Arm64 : IsaLevel.Scalar;

    /// <summary>The level that is used when none is asked for.</summary>
    /// <exception cref="NotSupportedException">SAMNATIVE_ISA names no level, or one this processor has not.</exception>
    public static IsaLevel Default => Resolve(Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>
    /// The best level of the processor, whatever the program was compiled for: above <see cref="Found"/> where a program
    /// that was compiled ahead of time, or a switch of the runtime, leaves out what the processor has.
    /// </summary>
    public static IsaLevel Processor { get; } = OfProcessor();

    /// <summary>
    /// One line on why this process computes in reference mode, that is with the scalar specification alone: the same
    /// bytes, far more slowly. Null where it does not.
    /// </summary>
    public static string? ReferenceMode => Found != IsaLevel.Scalar ? null
        : "reference mode: the same bytes, but far more slowly, because "
            + (Processor == IsaLevel.Scalar ? "there are no kernels for this processor."
            : RuntimeFeature.IsDynamicCodeSupported ? $"the runtime was told to leave out the {Processor} of this processor."
            : $"this program was compiled without the {Processor} of this processor; publish it with "
                + "-p:IlcInstructionSet=x86-64-v3 (AVX2) or x86-64-v4 (AVX-512).");

    /// <summary>True where this level can run in this process.</summary>
    public static bool IsAvailable(IsaLevel level) => Includes(Found, level);

    /// <summary>True where a processor of a level can run what is written for the other.</summary>
    internal static bool Includes(IsaLevel level, IsaLevel other) =>
        other == level || other == IsaLevel.Scalar || (level == IsaLevel.Avx512 && other == IsaLevel.Avx2);

    internal static IsaLevel Resolve(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return Found;
        }

        if (!Enum.TryParse(name, ignoreCase: true, out IsaLevel level) || !name.All(char.IsAsciiLetterOrDigit)
            || !char.IsAsciiLetter(name[0]))
        {
            throw new NotSupportedException(
                $"{EnvironmentVariable}={name} names no instruction set: use scalar, avx2, avx512 or arm64, or leave it unset.");
        }

        if (!IsAvailable(level))
        {
            throw new NotSupportedException(
                $"{EnvironmentVariable}={name}, but the best this process can run is {Found}: unset it or choose a lower level.");
        }

        return level;
    }

    private static IsaLevel OfProcessor()
    {
        if (!X86Base.IsSupported)
        {
            return Found;
        }

        const int Fma = 1 << 12;
        const int SavesVectors = (1 << 27) | (1 << 28);
        const int Avx2 = 1 << 5;
        const int Avx512 = (1 << 16) | (1 << 17) | (1 << 30) | (1 << 31);
        (_, _, int features, _) = X86Base.CpuId(1, 0);
        (_, int extended, _, _) = X86Base.CpuId(7, 0);
        return (features & (Fma | SavesVectors)) != (Fma | SavesVectors) || (extended & Avx2) == 0 ? IsaLevel.Scalar
            : (extended & Avx512) == Avx512 ? IsaLevel.Avx512 : IsaLevel.Avx2;
    }
}
