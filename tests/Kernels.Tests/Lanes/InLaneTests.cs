using System.Runtime.Intrinsics.X86;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// What is checked first in a process that <see cref="LaneTests"/> starts with some instructions switched off.
/// </summary>
[Trait("Lane", "quick")]
public sealed class InLaneTests
{
    /// <summary>The digest that the starting process computed.</summary>
    internal const string ExpectedDigest = "SAMNATIVE_TEST_DIGEST";

    /// <summary>
    /// Names of switches come and go with the versions of .NET, and unknown ones are ignored in silence.
    /// </summary>
    [Fact]
    public void Instructions_that_are_switched_off_are_off()
    {
        CheckSwitch("DOTNET_EnableAVX512", Avx512F.IsSupported);
        CheckSwitch("DOTNET_EnableAVX2", Avx2.IsSupported);
        CheckSwitch("DOTNET_EnableHWIntrinsic", Avx2.IsSupported);
        string? forced = Environment.GetEnvironmentVariable(Isa.EnvironmentVariable);
        Assert.Equal(forced ?? Isa.Found.ToString(), Isa.Default.ToString(), ignoreCase: true);

        static void CheckSwitch(string name, bool supported) =>
            Assert.False(supported && Environment.GetEnvironmentVariable(name) == "0", $"{name}=0 has no effect");
    }

    [Fact]
    public void Results_are_the_same_bytes_at_every_level_and_in_every_lane()
    {
        string expected = Environment.GetEnvironmentVariable(ExpectedDigest) ?? Digest.Of(IsaLevel.Scalar);
        foreach (IsaLevel level in Levels.Available)
        {
            Assert.Equal(expected, Digest.Of(level));
        }
    }
}
