using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>Buffers of ordinary numbers in [0, 1), as long as whoever computes on them lives.</summary>
internal sealed unsafe class Operands
{
    private readonly NativeBuffer[] buffers;

    public Operands(params ReadOnlySpan<int> lengths)
    {
        Random random = new(1);
        buffers = new NativeBuffer[lengths.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            buffers[i] = new NativeBuffer(lengths[i]);
            foreach (ref float value in buffers[i].Span)
            {
                value = random.NextSingle();
            }
        }
    }

    public float* this[int index] => buffers[index].Pointer;
}
