using System.Runtime.InteropServices;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>Calls a kernel on the operands of a case.</summary>
internal delegate void KernelCall(KernelRow kernel, Operands operands);

/// <summary>One call of a kernel: its operands, each exactly as large as the contract says, and what must come out.</summary>
/// <param name="Name">Sizes, strides and fill, for messages.</param>
/// <param name="Initial">The operands before the call: arrays of float, int, byte or ulong.</param>
/// <param name="Call">The call. All operands are compared after it, so that a write into one that is only read shows.</param>
/// <param name="Oracle">Holds the operands after the call to double-precision or integer arithmetic.</param>
internal sealed record KernelCase(string Name, Array[] Initial, KernelCall Call, Action<Array[]> Oracle)
{
    /// <summary>Blanks out what the contract leaves undefined, before results are compared byte by byte.</summary>
    public Action<Array[]> Blank { get; init; } = _ => { };
}

/// <summary>The guarded buffers of a case.</summary>
internal sealed unsafe class Operands : IDisposable
{
    private readonly GuardedBuffer[] buffers;

    public Operands(Array[] values, Placement placement)
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

/// <summary>
/// Runs cases: the scalar kernel of the operation is held to the oracle, and the kernel under test to the scalar one, bit
/// by bit in every operand, at both page edges and at every alignment of sixteen floats.
/// </summary>
internal static class KernelHarness
{
    public static void Check(KernelRow kernel, KernelRow scalar, IEnumerable<KernelCase> cases)
    {
        int number = 0;
        foreach (KernelCase test in cases)
        {
            Array[] expected = Run(scalar, test, Placement.Right);
            test.Oracle(expected);
            test.Blank(expected);
            Placement[] placements = [Placement.Left, Placement.Right, Placement.Shifted(1 + (number++ % 15))];
            foreach (Placement placement in placements)
            {
                Array[] actual = Run(kernel, test, placement);
                test.Blank(actual);
                Compare(expected, actual, Describe(kernel, test, placement));
            }
        }

        Assert.True(number > 0, $"{kernel.Operation} has no cases");
    }

    /// <summary>All operands of all cases after their calls, without what the contract leaves undefined.</summary>
    public static IEnumerable<Array> Results(KernelRow kernel, IEnumerable<KernelCase> cases)
    {
        foreach (KernelCase test in cases)
        {
            Array[] results = Run(kernel, test, Placement.Right);
            test.Blank(results);
            foreach (Array result in results)
            {
                yield return result;
            }
        }
    }

    private static Array[] Run(KernelRow kernel, KernelCase test, Placement placement)
    {
        string what = Describe(kernel, test, placement);
        RunningCase.Note(what);
        using Operands operands = new(test.Initial, placement);
        test.Call(kernel, operands);
        return operands.Take(test.Initial, what);
    }

    private static string Describe(KernelRow kernel, KernelCase test, Placement placement) =>
        $"{kernel.Name}, {test.Name}, {placement}";

    private static void Compare(Array[] expected, Array[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            int same = Operands.BytesOf(expected[i]).CommonPrefixLength(Operands.BytesOf(actual[i]));
            if (same < Buffer.ByteLength(expected[i]))
            {
                int at = (int)(same / (Buffer.ByteLength(expected[i]) / (long)expected[i].Length));
                Assert.Fail(
                    $"{what}: operand {i} differs from the scalar kernel's at {at}: "
                    + $"{actual[i].GetValue(at):R}, not {expected[i].GetValue(at):R}");
            }
        }
    }
}
