namespace SamNative.Bench;

/// <summary>What happens just now, for whoever waits: on stderr, so that stdout is the result alone.</summary>
internal static class Progress
{
    public static void Say(string what) => Console.Error.WriteLine($"bench: {what}");
}
