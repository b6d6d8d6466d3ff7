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

    private readonly TensorSource? source;

    /// <summary>Lists the keys of a file. Of two that come to the same, the first in the file counts.</summary>
    public KeyTable(TensorSource source)
    {
        (this.source, Name) = (source, source.Name);
        foreach (TensorInfo tensor in source.Tensors)
        {
            byKey.TryAdd(KeyOf(tensor), tensor);
        }

        foreach ((string name, string kind) in source.Others)
        {
            others.TryAdd(KeyOf(name), kind);
        }
    }

    /// <summary>Lists the keys of a file that was not opened: enough to see whose they are.</summary>
    public KeyTable(string name, IEnumerable<string> tensors)
    {
        Name = name;
        foreach (string tensor in tensors)
        {
            byKey.TryAdd(KeyOf(tensor), new TensorInfo(tensor, TensorDtype.U8, [0], 0));
        }
    }

    /// <summary>The file, for messages.</summary>
    public string Name { get; }

    /// <summary>The file.</summary>
    public TensorSource Source => source ?? throw new InvalidOperationException($"{Name} was not opened.");

    /// <summary>All keys.</summary>
    public IEnumerable<string> Keys => byKey.Keys;

    /// <summary>The key of a tensor.</summary>
    public static string KeyOf(TensorInfo tensor) => KeyOf(tensor.Name);

    /// <summary>The key of a tensor with that name.</summary>
    /// <remarks>A part begins where the key does or behind a dot, which is put in front to find both alike.</remarks>
    public static string KeyOf(string name)
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

    /// <summary>Finds a tensor by its key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out TensorInfo? tensor) => byKey.TryGetValue(key, out tensor);

    /// <summary>What the file has under a key in place of a tensor, in words; null where it has nothing.</summary>
    public string? InPlaceOf(string key) => others.GetValueOrDefault(key);
}
