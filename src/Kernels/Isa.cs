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
}
