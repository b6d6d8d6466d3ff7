using System.Diagnostics.CodeAnalysis;

namespace SamNative.Web;

/// <summary>
/// Keeps values up to a sum of bytes and forgets those that were not used for longest; the newest always stays. (The
/// framework's MemoryCache refuses what does not fit, and makes room later, by a share of its entries.)
/// </summary>
internal sealed class ByteCache<T>(long maxBytes)
    where T : class
{
    private readonly Dictionary<string, LinkedListNode<Entry>> byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> byUse = new();
    private readonly Lock gate = new();

    /// <summary>The bytes of what is kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many values are kept.</summary>
    public int Count => byKey.Count;

    /// <summary>Finds a value and counts it as used.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out T? value)
    {
        lock (gate)
        {
            if (!byKey.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                value = null;
                return false;
            }

            byUse.Remove(node);
            byUse.AddFirst(node);
            value = node.Value.Value;
            return true;
        }
    }

    /// <summary>Keeps a value; one of the same key stays as it is.</summary>
    public void Add(string key, T value, long bytes)
    {
        lock (gate)
        {
            if (byKey.ContainsKey(key))
            {
                return;
            }

            byKey.Add(key, byUse.AddFirst(new Entry(key, value, bytes)));
            Bytes += bytes;
            while (Bytes > maxBytes && byUse.Last is { } oldest && oldest != byUse.First)
            {
                byUse.RemoveLast();
                byKey.Remove(oldest.Value.Key);
                Bytes -= oldest.Value.Bytes;
            }
        }
    }

    private sealed record Entry(string Key, T Value, long Bytes);
}
