using System.Diagnostics;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// What the compiler made of the matrix products: in their inner loops nothing is spilled to the stack and nothing is copied.
/// A change that breaks this costs a multiple, changes no result, and shows in no other test.
/// </summary>
public sealed class DisassemblyTests
{
    /// <summary>
    /// Levels, and how to switch off what is above: only a process without AVX-512 has to do with sixteen registers.
    /// </summary>
    public static TheoryData<IsaLevel, string?> Processes => new()
    {
        { IsaLevel.Avx512, null },
        { IsaLevel.Avx2, null },
        { IsaLevel.Avx2, "DOTNET_EnableAVX512" },
    };

    [Theory]
    [MemberData(nameof(Processes))]
    public async Task The_inner_loops_of_matrix_products_stay_in_their_registers(IsaLevel level, string? switchedOff)
    {
        Assert.SkipUnless(Isa.IsAvailable(level), $"this processor, or this process, has no {level}");
        KernelRow[] rows = [.. GemmMethods.Rows(level)];
        Assert.NotEmpty(rows);
        string[] methods = [.. rows.Select(row => GemmMethods.ListedName(GemmMethods.Of(row)))];

        string text = await Compile(methods, switchedOff);

        Listing[] listings = Listing.ParseAll(text);
        foreach (string method in methods)
        {
            Listing[] own = [.. listings.Where(listing => listing.Method == method)];
            Assert.True(own.Length > 0, $"the compiler printed nothing of {method}");
            Assert.All(own, Check);
        }
    }

    [Fact]
    public void A_spill_a_copy_a_call_and_the_wrong_form_are_seen()
    {
        Listing listing = Assert.Single(Listing.ParseAll(Written(
            "vmovups  zmm24, zmmword ptr [rdx]",
            "vmovups  zmmword ptr [rsp+0x40], zmm3",
            "vmovaps  zmm25, zmm24",
            "vfmadd213ps zmm4, zmm24, zmm27",
            "mov      r9, qword ptr [rbp-0x20]",
            "call     [SamNative.Kernels.Erf:Of(float):float]")));
        KLoop loop = Assert.Single(KLoop.FindAll(listing));

        Assert.Equal(9, loop.MultiplyAdds);
        Assert.Equal(
            [
                "touches the stack: vmovups zmmword ptr [rsp+0x40], zmm3",
                "touches the stack: mov r9, qword ptr [rbp-0x20]",
                "copies a register: vmovaps zmm25, zmm24",
                "overwrites a factor, not the sum: vfmadd213ps zmm4, zmm24, zmm27",
                "calls: call [SamNative.Kernels.Erf:Of(float):float]",
            ],
            loop.Faults());
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(listing));
    }

    [Fact]
    public void A_clean_loop_is_found_inside_another_and_passes()
    {
        Listing listing = Assert.Single(Listing.ParseAll(Written("vmovups  zmm24, zmmword ptr [rdx]")));

        Assert.Equal("SamNative.Kernels.Example:Run", listing.Method);
        Assert.Equal("FullOpts", listing.Tier);
        Assert.Equal(8, Assert.Single(KLoop.FindAll(listing)).MultiplyAdds);
        Check(listing);
    }

    [Fact]
    public void A_method_without_a_loop_or_without_optimisation_does_not_pass()
    {
        string clean = Written("nop");
        string straight = clean.Replace(" G_M000_IG0", " somewhere", StringComparison.Ordinal);
        Listing[] bad = Listing.ParseAll(straight + clean.Replace("(FullOpts)", "(Tier0)", StringComparison.Ordinal));

        Assert.Equal(2, bad.Length);
        Assert.Empty(KLoop.FindAll(bad[0]));
        Assert.All(bad, listing => Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(listing)));
    }

    internal static void Check(Listing listing)
    {
        Assert.Equal("FullOpts", listing.Tier);
        KLoop[] loops = KLoop.FindAll(listing);
        Assert.True(loops.Length > 0, $"{listing.Method} has no loop of multiply-adds: can its listing still be read?");
        string[] faults = [.. loops.SelectMany(loop => loop.Faults())];
        Assert.True(faults.Length == 0, $"the inner loop of {listing.Method}\n  {string.Join("\n  ", faults)}");
    }

    /// <summary>What a process like this one prints when it compiles the methods.</summary>
    private static async Task<string> Compile(string[] methods, string? switchedOff)
    {
        using TemporaryFolder folder = new();
        string printed = folder.File("jit.txt");
        string program = Path.Combine(AppContext.BaseDirectory, "SamNative.Kernels.Tests");
        ProcessStartInfo start = new(OperatingSystem.IsWindows() ? program + ".exe" : program)
        {
            ArgumentList = { "-class", typeof(CompiledHereTests).FullName!, "-noColor", "-noLogo" },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment.Remove(Isa.EnvironmentVariable);
        start.Environment["DOTNET_JitStdOutFile"] = printed;
        start.Environment["DOTNET_JitDisasm"] = string.Join(' ', methods);
        if (switchedOff is not null)
        {
            start.Environment[switchedOff] = "0";
        }

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{output}");
        return await File.ReadAllTextAsync(printed, TestContext.Current.CancellationToken);
    }

    /// <summary>A listing of a loop of eight multiply-adds and some more lines, inside another loop that may spill.</summary>
    private static string Written(params string[] more) => $"""
        ; Assembly listing for method SamNative.Kernels.Example:Run(ptr,long) (FullOpts)
        ; rbp based frame

        G_M000_IG02:                ;; offset=0x000B
               mov      rax, qword ptr [rbp+0x18]
               vmovaps  zmm30, zmm31

        G_M000_IG03:                ;; offset=0x009A
               vfmadd231ps zmm0, zmm24, zmm27
        {string.Concat(more.Select(line => $"       {line}\n"))}{string.Concat(Enumerable.Range(1, 7).Select(i => $"       vfmadd231ps zmm{i}, zmm24, zmm27\n"))}
               dec      r8
               jg       SHORT G_M000_IG03

        G_M000_IG04:
               vmovups  zmmword ptr [rbp-0x40], zmm3
               jne      G_M000_IG02
               ret

        """;
}
