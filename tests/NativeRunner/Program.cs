using System.Diagnostics;
using System.Runtime.InteropServices;
using SamNative.Kernels;
using SamNative.Kernels.Tests;
using SamNative.Model.Tests;
using SamNative.Model.Tests.Determinism;
using SamNative.Tests.Support;

namespace SamNative.Tests.NativeRunner;

/// <summary>
/// The cases of all kernels, and the small models against their committed hashes, where the test framework does not run:
/// compiled ahead of time, for another architecture, in an emulator. Exit code 0 where everything passes.
/// </summary>
internal static class Program
{
    private static int failed;

    private static int Main()
    {
        Console.WriteLine($"{RuntimeInformation.RuntimeIdentifier}, {Isa.Found} found");
        foreach (KernelRow kernel in Levels.Rows)
        {
            KernelRow scalar = Levels.ScalarOf(kernel.Operation);
            Run(kernel.Name, () => KernelHarness.Check(kernel, scalar, KernelCases.Of(kernel)));
        }

        foreach ((string name, string picture) in GoldenModels.Small)
        {
            using SamModel model = TestModels.Load(name, new SamOptions { Isa = Isa.Found });
            Golden($"{name}.{picture}.embedding", () => GoldenModels.Embedding(model, picture));
            Golden($"{name}.{picture}.logits", () => GoldenModels.Logits(model, name, picture));
        }

        Console.WriteLine($"{failed} failed");
        return failed == 0 ? 0 : 1;
    }

    private static void Golden(string name, Func<string> compute) => Run(name, () =>
    {
        string hash = compute();
        Console.WriteLine($"{name} {hash}");
        Verify.That(hash == ReferenceData.GoldenHash(name), $"committed is {ReferenceData.GoldenHash(name)}");
    });

    private static void Run(string name, Action test)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            test();
            Console.WriteLine($"passed {name} ({Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s)");
        }
        catch (InvalidOperationException error)
        {
            failed++;
            Console.WriteLine($"FAILED {name}: {error.Message}");
        }
    }
}
