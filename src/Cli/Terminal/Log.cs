namespace SamNative.Cli;

/// <summary>What the program says about its work: on stderr, so that stdout holds results only.</summary>
internal static class Log
{
    public static void Line(string text) => Console.Error.WriteLine($"samnative: {text}");
}
