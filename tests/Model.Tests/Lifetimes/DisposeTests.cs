using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>
/// Whatever owns native memory can be disposed under a running call: nothing that was freed is touched, the call ends well
/// or with <see cref="ObjectDisposedException"/>, and the last user frees.
/// </summary>
public sealed class DisposeTests
{
    public static TheoryData<string> Owners => [.. DisposeRounds.Owners.Keys];

    [Theory]
    [MemberData(nameof(Owners))]
    public void Under_a_running_call(string owner) => Child.Run(
        $"{typeof(DisposeRounds).FullName}.{nameof(DisposeRounds.Of_one_owner)}",
        (DisposeRounds.OwnerVariable, owner), (DisposeRounds.RoundsVariable, Child.Long ? "500" : "100"));

    [Theory]
    [InlineData("0")]
    [InlineData("85")]
    public void In_the_middle_of_everything(string perturbation) => Child.Run(
        $"{typeof(MixedRounds).FullName}.{nameof(MixedRounds.Of_sixteen_threads)}",
        (MixedRounds.RoundsVariable, Child.Long ? "1000" : "20"), (MixedRounds.PerturbationVariable, perturbation), ("DOTNET_gcServer", "0"));
}
