using System.Runtime.InteropServices;
using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

/// <summary>The guarded buffers of a case.</summary>
internal sealed unsafe class Operands : IDisposable
{
    private readonly GuardedBuffer[] buffers;

    public Operands(Array[] values, GuardSide placement)
    {
        buffers = new GuardedBuffer[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            buffers[i] = values[i] switch
            {
                float[] floats => GuardedBuffer.Of<float>(floats, placement),
                int[] ints => GuardedBuffer.Of<int>(ints, placement),
                byte[] bytes => GuardedBuffer.Of<byte>(bytes, placement),
                ulong[] words => GuardedBuffer.Of<ulong>(words, placement),
                Array other => throw new ArgumentException($"no operands of {other.GetType()}", nameof(values)),
            };
        }
    }

    public float* Floats(int operand) => buffers[operand].First<float>();

    public int* Ints(int operand) => buffers[operand].First<int>();

    public byte* Bytes(int operand) => buffers[operand].First<byte>();

    public ulong* Words(int operand) => buffers[operand].First<ulong>();

    /// <summary>The operands as they are now; fails where something was written around them.</summary>
    public Array[] Take(Array[] like, string what)
    {
        Array[] values = new Array[buffers.Length];
        for (int i = 0; i < buffers.Length; i++)
        {
            buffers[i].Check($"{what}, operand {i}");
            values[i] = (Array)like[i].Clone();
            buffers[i].Bytes.CopyTo(BytesOf(values[i]));
        }

        return values;
    }

    public void Dispose() => Array.ForEach(buffers, buffer => buffer.Dispose());

    public static Span<byte> BytesOf(Array values) =>
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(values), Buffer.ByteLength(values));
}
