using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

internal static unsafe partial class ByteResize
{
    /// <inheritdoc cref="AlongRowScalar"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AlongRowAvx2(
        byte* source, int* starts, int* counts, int* weights, nint taps, byte* destination, nint width)
    {
        Vector128<int> half = Vector128.Create(Half);
        for (nint x = 0; x < width; x++)
        {
            int* pixel = (int*)source + starts[x];
            Vector128<int> sum = half;
            for (nint t = 0; t < counts[x]; t++)
            {
                Vector128<int> sample = Sse41.ConvertToVector128Int32(Vector128.CreateScalarUnsafe(pixel[t]).AsByte());
                sum = Sse2.Add(sum, Sse41.MultiplyLow(sample, Vector128.Create(weights[t])));
            }

            Vector128<short> words = Sse2.PackSignedSaturate(Sse2.ShiftRightArithmetic(sum, Precision), Vector128<int>.Zero);
            ((int*)destination)[x] = Sse2.PackUnsignedSaturate(words, words).AsInt32().ToScalar();
            weights += taps;
        }
    }

    /// <inheritdoc cref="BetweenRowsScalar"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BetweenRowsAvx2(
        byte* source, nint stride, int* weights, nint count, byte* destination, nint bytes)
    {
        nint i = 0;
        for (; i + 16 <= bytes; i += 16)
        {
            Vector256<int> low = Vector256.Create(Half);
            Vector256<int> high = low;
            byte* at = source + i;
            for (nint t = 0; t < count; t++)
            {
                Vector256<int> weight = Vector256.Create(weights[t]);
                Vector128<byte> samples = Vector128.Load(at);
                low = Avx2.Add(low, Avx2.MultiplyLow(Avx2.ConvertToVector256Int32(samples), weight));
                Vector128<byte> upper = Sse2.ShiftRightLogical128BitLane(samples, 8);
                high = Avx2.Add(high, Avx2.MultiplyLow(Avx2.ConvertToVector256Int32(upper), weight));
                at += stride;
            }

            low = Avx2.ShiftRightArithmetic(low, Precision);
            high = Avx2.ShiftRightArithmetic(high, Precision);
            Vector128<short> first = Sse2.PackSignedSaturate(low.GetLower(), low.GetUpper());
            Vector128<short> second = Sse2.PackSignedSaturate(high.GetLower(), high.GetUpper());
            Sse2.PackUnsignedSaturate(first, second).Store(destination + i);
        }

        BetweenRowsScalar(source + i, stride, weights, count, destination + i, bytes - i);
    }
}
