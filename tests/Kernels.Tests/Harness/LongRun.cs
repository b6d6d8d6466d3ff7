namespace SamNative.Kernels.Tests;

/// <summary>Whether to be exhaustive: minutes where the quick tests take seconds.</summary>
internal static class LongRun
{
    public const string EnvironmentVariable = "SAMNATIVE_LONG";

    public static bool Asked { get; } = Environment.GetEnvironmentVariable(EnvironmentVariable) == "1";
}
