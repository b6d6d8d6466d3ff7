using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

/// <summary>
/// Runs cases: the scalar kernel of the operation is held to the oracle, and the kernel under test to the scalar one,
/// bit by bit in every operand, at both page edges and at every alignment of sixteen floats.
/// </summary>
internal static class KernelHarness
{
    public static void Check(KernelRow kernel, KernelRow scalar, IEnumerable<KernelCase> cases)
    {
        int number = 0;
        foreach (KernelCase test in cases)
        {
            Array[] expected = Run(scalar, test, GuardSide.Right);
            test.Oracle(expected);
            test.Blank(expected);
            GuardSide[] placements = [GuardSide.Left, GuardSide.Right, GuardSide.Shifted(1 + (number++ % 15))];
            foreach (GuardSide placement in placements)
            {
                Array[] actual = Run(kernel, test, placement);
                test.Blank(actual);
                Compare(expected, actual, Describe(kernel, test, placement));
            }
        }

        Verify.That(number > 0, $"{kernel.Operation} has no cases");
    }

    /// <summary>All operands of all cases after their calls, without what the contract leaves undefined.</summary>
    public static IEnumerable<Array> Results(KernelRow kernel, IEnumerable<KernelCase> cases)
    {
        foreach (KernelCase test in cases)
        {
            Array[] results = Run(kernel, test, GuardSide.Right);
            test.Blank(results);
            foreach (Array result in results)
            {
                yield return result;
            }
        }
    }

    private static Array[] Run(KernelRow kernel, KernelCase test, GuardSide placement)
    {
        string what = Describe(kernel, test, placement);
        RunningCase.Note(what);
        using Operands operands = new(test.Initial, placement);
        test.Call(kernel, operands);
        return operands.Take(test.Initial, what);
    }

    private static string Describe(KernelRow kernel, KernelCase test, GuardSide placement) =>
        $"{kernel.Name}, {test.Name}, {placement}";

    private static void Compare(Array[] expected, Array[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            int same = Operands.BytesOf(expected[i]).CommonPrefixLength(Operands.BytesOf(actual[i]));
            if (same < Buffer.ByteLength(expected[i]))
            {
                int at = (int)(same / (Buffer.ByteLength(expected[i]) / (long)expected[i].Length));
                throw new InvalidOperationException(
                    $"{what}: operand {i} differs from the scalar kernel's at {at}: "
                    + $"{actual[i].GetValue(at):R}, not {expected[i].GetValue(at):R}");
            }
        }
    }
}
