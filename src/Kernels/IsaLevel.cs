namespace SamNative.Kernels;

/// <summary>The instruction sets kernels are written for, lowest first. A higher level may borrow from a lower one.</summary>
public enum IsaLevel
{
    /// <summary>Plain C#: the specification every other level is held to, and the fallback.</summary>
    Scalar = 0,

    /// <summary>256-bit vectors with fused multiply-add (AVX2 and FMA3).</summary>
    Avx2 = 1,

    /// <summary>512-bit vectors (AVX-512 F, BW, DQ, VL).</summary>
    Avx512 = 2,
}
