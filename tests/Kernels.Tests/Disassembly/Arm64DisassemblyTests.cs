using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// As <see cref="DisassemblyTests"/>, of the runner that is compiled ahead of time for Arm64: what the compiler made of
/// the matrix products of a processor that need not be here.
/// </summary>
public sealed class Arm64DisassemblyTests
{
    private const string Objdump = "aarch64-linux-gnu-objdump";

    private static readonly string runner = Path.Combine(
        ReferenceData.Root, "artifacts", "publish", "SamNative.Tests.NativeRunner", "release_linux-arm64",
        "SamNative.Tests.NativeRunner");

    [Fact]
    public async Task The_inner_loops_of_matrix_products_stay_in_their_registers()
    {
        SkipUnlessPublished();
        KernelRow[] rows = [.. GemmMethods.Rows(IsaLevel.Arm64)];
        Listing[] listings = await Task.WhenAll(rows.Select(row => Disassemble(SymbolOf(row))));
        Listing[] withLoop = [.. listings.Where(listing => KLoop.FindAll(listing).Length > 0)];

        Assert.NotEmpty(withLoop);
        Assert.All(withLoop, DisassemblyTests.Check);
        foreach (Listing listing in listings.Except(withLoop))
        {
            Assert.True(
                withLoop.Any(other => listing.Lines.Any(line => line.Operands.EndsWith($"<{other.Method}>"))),
                $"{listing.Method} has no loop of multiply-adds and calls none: can its listing still be read?");
        }
    }

    /// <summary>The kernels over lanes that compute most: four registers a variable, none of them on the stack.</summary>
    [Theory]
    [InlineData(typeof(TileEpilogue), nameof(TileEpilogue.BiasGeluLanes))]
    [InlineData(typeof(SoftmaxTile), nameof(SoftmaxTile.Lanes))]
    [InlineData(typeof(ColumnSoftmax), nameof(ColumnSoftmax.Lanes))]
    public async Task The_inner_loops_of_functions_do_not_spill(Type type, string method)
    {
        SkipUnlessPublished();
        Listing listing = await Disassemble($"{SymbolOf(type)}__{method}<{SymbolOf(typeof(Arm64Lanes))}>");

        KLoop[] loops = KLoop.FindAll(listing);
        Assert.NotEmpty(loops);
        Assert.Empty(loops.SelectMany(loop => loop.Spills()));
    }

    [Fact]
    public void A_spill_a_copy_and_a_call_are_seen()
    {
        Listing listing = Listing.ParseObjdump("Example__Run", Written(
            "ldr\tq14, [x2, #16]",
            "str\tq3, [sp, #32]",
            "ldp\tx8, x9, [x29, #96]",
            "mov\tv8.16b, v14.16b",
            "mov\tx8, x1",
            "bl\t278200 <Example__Erf>"));

        KLoop loop = Assert.Single(KLoop.FindAll(listing));
        Assert.Equal(8, loop.MultiplyAdds);
        Assert.Equal(
            [
                "touches the stack: str q3, [sp, #32]",
                "touches the stack: ldp x8, x9, [x29, #96]",
                "copies a register: mov v8.16b, v14.16b",
                "calls: bl 278200 <Example__Erf>",
            ],
            loop.Faults());
        Assert.Equal(2, loop.Spills().Count());
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => DisassemblyTests.Check(listing));
        DisassemblyTests.Check(Listing.ParseObjdump("Example__Run", Written("ldr\tq14, [x2, #16]")));
    }

    private static string SymbolOf(KernelRow row)
    {
        MethodInfo method = GemmMethods.Of(row);
        return $"{SymbolOf(method.DeclaringType!)}__{method.Name}";
    }

    private static string SymbolOf(Type type) => $"{type.Assembly.GetName().Name}.{type.FullName}".Replace('.', '_');

    private static void SkipUnlessPublished()
    {
        Assert.SkipUnless(File.Exists(runner), "tests/NativeRunner is not published for linux-arm64, as ./test does");
        string kernels = Path.Combine(ReferenceData.Root, "src", "Kernels");
        DateTime newest =
            Directory.EnumerateFiles(kernels, "*.cs", SearchOption.AllDirectories).Max(File.GetLastWriteTimeUtc);
        bool isOutdated = newest > File.GetLastWriteTimeUtc(runner);
        Assert.SkipWhen(isOutdated, "the published tests/NativeRunner is older than the kernels");
    }

    private static async Task<Listing> Disassemble(string symbol)
    {
        ProcessStartInfo start = new(Objdump)
        {
            ArgumentList = { "-d", "--no-show-raw-insn", $"--disassemble={symbol}", runner },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            return Listing.ParseObjdump(symbol, text);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{Objdump} is not installed");
            throw;
        }
    }

    /// <summary>A loop of eight multiply-adds and some more lines, inside a method that may spill.</summary>
    private static string Written(params string[] more)
    {
        string[] lines =
        [
            "stp\tx29, x30, [sp, #-80]!",
            .. Enumerable.Range(0, 8).Select(i => $"fmla\tv{i}.4s, v14.4s, v8.s[{i % 4}]"),
            .. more,
            "subs\tx4, x4, #0x4",
            "b.ge\t1004 <Example__Run+0x4>  // b.tcont",
            "ldp\tx29, x30, [sp], #80",
            "ret",
        ];
        return "0000000000001000 <Example__Run>:\n"
            + string.Concat(lines.Select((line, i) => $"  {0x1000 + (4 * i):x}:\t{line}\n"));
    }
}
