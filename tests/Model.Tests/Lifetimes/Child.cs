using SamNative.Tests.Support;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>Explicit tests of this project, run in a process of their own.</summary>
internal static class Child
{
    /// <summary>Whether there is time for many rounds.</summary>
    public static bool Long => Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1";

    /// <summary>Runs one test; it has to pass.</summary>
    public static void Run(string method, params (string Name, string? Value)[] environment)
    {
        Ran ran = Ran.Of(
            Path.Combine(AppContext.BaseDirectory, "SamNative.Model.Tests"),
            ["-noColor", "-noLogo", "-explicit", "only", "-method", method], environment: environment).Succeeded();
        Xunit.Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", ran.Text, StringComparison.Ordinal);
    }
}
