using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Tests that take seconds: the script <c>mutate</c> leaves them out, as every mutant would pay for them.</summary>
internal static class Costly
{
    public static void SkipWhileMutating() =>
        Assert.SkipWhen(Environment.GetEnvironmentVariable("SAMNATIVE_MUTATION") == "1", "too slow for every mutant");
}
