using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>
/// A file's tensors by their keys without what wrappers of single modules put into them: torch.compile, FSDP and
/// activation checkpointing add a part of their own wherever a module is wrapped, the whole model or a block of it.
/// </summary>
internal sealed class KeyTable
{
    private static readonly string[] mechanical = ["._orig_mod.", "._fsdp_wrapped_module.", "._checkpoint_wrapped_module."];

    private readonly Dictionary<string, TensorInfo> byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> others = new(StringComparer.Ordinal);

    /// <summary>Lists the keys of a file. Of two that come to the same, the first in the file counts.</summary>
    public KeyTable(TensorSource source)
    {
        Source = source;
        foreach (TensorInfo tensor in source.Tensors)
        {
            byKey.TryAdd(KeyOf(tensor), tensor);
        }

        foreach ((string name, string kind) in source.Others)
        {
            others.TryAdd(Plain(name), kind);
        }
    }

    /// <summary>The file.</summary>
    public TensorSource Source { get; }

    /// <summary>All keys.</summary>
    public IEnumerable<string> Keys => byKey.Keys;

    /// <summary>The key of a tensor.</summary>
    public static string KeyOf(TensorInfo tensor) => Plain(tensor.Name);

    /// <summary>Finds a tensor by its key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out TensorInfo? tensor) => byKey.TryGetValue(key, out tensor);

    /// <summary>What the file has under a key in place of a tensor, in words; null where it has nothing.</summary>
    public string? InPlaceOf(string key) => others.GetValueOrDefault(key);

    /// <summary>A part begins where the key does or behind a dot, which is put in front to find both alike.</summary>
    private static string Plain(string name)
    {
        string dotted = $".{name}";
        foreach (string part in mechanical)
        {
            while (dotted.Contains(part, StringComparison.Ordinal))
            {
                dotted = dotted.Replace(part, ".", StringComparison.Ordinal);
            }
        }

        return dotted[1..];
    }
}
