namespace SamNative.Kernels;

/// <summary>The instruction sets kernels are written for. A higher level may borrow from a lower one of the same architecture.</summary>
public enum IsaLevel
{
    /// <summary>Plain C#: the specification every other level is held to, and the fallback.</summary>
    Scalar = 0,

    /// <summary>256-bit vectors with fused multiply-add (AVX2 and FMA3).</summary>
    Avx2 = 1,

    /// <summary>512-bit vectors (AVX-512 F, BW, DQ, VL).</summary>
    Avx512 = 2,

    /// <summary>128-bit vectors of 64-bit Arm processors (AdvSimd, also called Neon). All of them have it.</summary>
    Arm64 = 3,
}
