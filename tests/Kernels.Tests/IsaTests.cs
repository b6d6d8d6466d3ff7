using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>Which level is found, and what SAMNATIVE_ISA may say.</summary>
public sealed class IsaTests
{
    public static TheoryData<IsaLevel> AllLevels => [.. Enum.GetValues<IsaLevel>()];

    [Fact]
    [Trait("Lane", "quick")]
    public void The_found_level_is_the_best_that_this_process_can_run()
    {
        bool avx512 = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;
        Assert.Equal(avx512, Isa.IsAvailable(IsaLevel.Avx512));
        Assert.Equal(Avx2.IsSupported && Fma.IsSupported, Isa.IsAvailable(IsaLevel.Avx2));
        Assert.Equal(AdvSimd.Arm64.IsSupported, Isa.IsAvailable(IsaLevel.Arm64));
        Assert.True(Isa.IsAvailable(IsaLevel.Scalar));
        Assert.Equal(Levels.Available.Max(), Isa.Found);
    }

    [Fact]
    [Trait("Lane", "quick")]
    public void The_processors_level_is_at_least_the_found_one_and_reference_mode_says_why()
    {
        Assert.True(Isa.Processor >= Isa.Found);
        Assert.Equal(Isa.Found == IsaLevel.Scalar, Isa.ReferenceMode is not null);
        if (Isa.ReferenceMode is { } line)
        {
            Assert.StartsWith("reference mode: ", line, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', line);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_name_the_found_level_is_used(string? name) => Assert.Equal(Isa.Found, Isa.Resolve(name));

    [Theory]
    [MemberData(nameof(AllLevels))]
    [Trait("Lane", "quick")]
    public void A_name_in_any_case_forces_a_level_or_says_what_can_run(IsaLevel level)
    {
        foreach (string name in (string[])[level.ToString(), level.ToString().ToUpperInvariant()])
        {
            if (Isa.IsAvailable(level))
            {
                Assert.Equal(level, Isa.Resolve(name));
                continue;
            }

            NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => Isa.Resolve(name));
            Assert.Contains($"{Isa.EnvironmentVariable}={name}", refusal.Message);
            Assert.Contains(Isa.Found.ToString(), refusal.Message);
        }
    }

    [Theory]
    [InlineData("sse")]
    [InlineData("avx-512")]
    [InlineData("avx512f")]
    [InlineData("none")]
    [InlineData("-1")]
    [InlineData("3")]
    [InlineData("1")]
    [InlineData("scalar,avx2")]
    public void A_name_that_is_no_level_is_refused_with_the_names_that_are(string name)
    {
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => Isa.Resolve(name));
        Assert.Contains($"{Isa.EnvironmentVariable}={name}", refusal.Message);
        Assert.Contains("scalar", refusal.Message);
        Assert.Contains("avx512", refusal.Message);
        Assert.Contains("arm64", refusal.Message);
    }
}
