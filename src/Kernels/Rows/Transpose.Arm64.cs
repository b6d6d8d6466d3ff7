using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace SamNative.Kernels;

internal static unsafe partial class Transpose
{
    /// <summary>Four rows by four columns at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Arm64(float* source, nint lds, float* destination, nint ldd, nint rows, nint columns)
    {
        for (nint r = 0; r < rows; r += 4)
        {
            float* at = source + (r * lds);
            for (nint c = 0; c < columns; c += 4)
            {
                FourArm64(at, at + lds, at + (2 * lds), at + (3 * lds), destination + (c * ldd) + r, ldd);
                at += 4;
            }
        }
    }

    /// <summary>Four rows of four values, anywhere, become four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void FourArm64(float* a, float* b, float* c, float* d, float* destination, nint ldd)
    {
        Vector128<float> va = Vector128.Load(a), vb = Vector128.Load(b), vc = Vector128.Load(c), vd = Vector128.Load(d);
        Vector128<float> lowAc = AdvSimd.Arm64.ZipLow(va, vc), lowBd = AdvSimd.Arm64.ZipLow(vb, vd);
        Vector128<float> highAc = AdvSimd.Arm64.ZipHigh(va, vc), highBd = AdvSimd.Arm64.ZipHigh(vb, vd);
        AdvSimd.Arm64.ZipLow(lowAc, lowBd).Store(destination);
        AdvSimd.Arm64.ZipHigh(lowAc, lowBd).Store(destination + ldd);
        AdvSimd.Arm64.ZipLow(highAc, highBd).Store(destination + (2 * ldd));
        AdvSimd.Arm64.ZipHigh(highAc, highBd).Store(destination + (3 * ldd));
    }
}
