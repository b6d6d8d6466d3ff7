using System.Globalization;

namespace SamNative.Cli;

/// <summary>
/// One of several equal parts of a run, counted from 0 as Kubernetes counts its indexes: it takes every Count-th
/// picture of the sorted list. All parts together are the whole, and none has a picture of another.
/// </summary>
internal readonly record struct Shard(int Index, int Count)
{
    private const int MaxCount = 1_000_000;

    /// <summary>The run as a whole.</summary>
    public static Shard Whole { get; } = new(0, 1);

    /// <summary>What is wrong with i/n; null where nothing is.</summary>
    public static string? TryParse(string text, out Shard shard)
    {
        string[] parts = text.Split('/');
        int index = -1;
        int count = -1;
        bool areNumbers =
            parts.Length == 2 && TryParseNumber(parts[0], out index) && TryParseNumber(parts[1], out count);
        shard = new Shard(index, count);
        if (!areNumbers || count is < 1 or > MaxCount)
        {
            return $"--shard {Printable.Plain(text)}: give i/n, as 0/8 for the first of eight.";
        }

        return index < count
            ? null
            : $"--shard {text}: shards are counted from 0, so the last one is {count - 1}/{count}.";
    }

    /// <summary>The part of a sorted list.</summary>
    public IReadOnlyList<T> Of<T>(IReadOnlyList<T> all)
    {
        (int index, int count) = (Index, Count);
        return [.. all.Where((_, i) => i % count == index)];
    }

    public override string ToString() => $"{Index}/{Count}";

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
