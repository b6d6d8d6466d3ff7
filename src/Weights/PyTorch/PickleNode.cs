using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// A value that a pickle describes, as inert data: nothing here is ever called, imported or constructed by name.
/// </summary>
/// <param name="kind">What it is, in a word with its article, for messages.</param>
internal abstract class PickleNode(string kind)
{
    /// <summary>How many containers it holds inside each other: 0 for a plain value.</summary>
    public int Depth { get; protected set; }

    /// <summary>What it is, in a word with its article, for messages.</summary>
    public virtual string Kind => kind;

    /// <summary>Counts a value that is put into this one.</summary>
    protected void Hold(PickleNode child) => Depth = Math.Max(Depth, child.Depth + 1);
}

/// <summary>None, a number with a fraction, a very long one, or bytes: what it is has no meaning for weights.</summary>
internal sealed class PickleIgnored : PickleNode
{
    public static readonly PickleIgnored None = new("None");
    public static readonly PickleIgnored Float = new("a number with a fraction");
    public static readonly PickleIgnored LongInteger = new("a number of more than 8 bytes");
    public static readonly PickleIgnored Bytes = new("bytes");

    private PickleIgnored(string kind)
        : base(kind)
    {
    }
}

/// <summary>True or False.</summary>
internal sealed class PickleBool : PickleNode
{
    public static readonly PickleBool True = new();
    public static readonly PickleBool False = new();

    private PickleBool()
        : base("a truth value")
    {
    }
}

/// <summary>An integer of 64 bits.</summary>
internal sealed class PickleInt(long value) : PickleNode("a number")
{
    public long Value => value;
}

/// <summary>A text.</summary>
internal sealed class PickleString(string value) : PickleNode("a text")
{
    public string Value => value;
}

/// <summary>
/// What a class or function that a table of tensors does not need would make: an object, a set, the result of a call.
/// Nothing is made; all that is known is the name. What is put into it is not kept. It may stand beside the weights,
/// and is refused where a tensor is needed.
/// </summary>
/// <param name="name">The module and name of the class or function, as the file has them.</param>
/// <param name="place">Where it is named.</param>
internal sealed class PickleOpaque(string name, FilePlace place) : PickleNode("an object")
{
    public string Name => name;

    public FilePlace Place => place;

    /// <inheritdoc/>
    public override string Kind => $"an object of {Printable.Quote(name)}";

    /// <summary>What calling it with these values gives.</summary>
    public PickleOpaque With(params ReadOnlySpan<PickleNode> arguments)
    {
        PickleOpaque result = new(name, place);
        result.Take(arguments);
        return result;
    }

    /// <summary>Counts values that are put into it, and forgets them.</summary>
    public void Take(params ReadOnlySpan<PickleNode> values)
    {
        foreach (PickleNode value in values)
        {
            Hold(value);
        }
    }
}

/// <summary>A tuple.</summary>
internal sealed class PickleTuple : PickleNode
{
    public static readonly PickleTuple Empty = new([]);

    public PickleTuple(ImmutableArray<PickleNode> items)
        : base("a tuple")
    {
        Items = items;
        foreach (PickleNode item in items)
        {
            Hold(item);
        }
    }

    public ImmutableArray<PickleNode> Items { get; }
}

/// <summary>A list.</summary>
internal sealed class PickleList() : PickleNode("a list")
{
    private readonly List<PickleNode> items = [];

    public IReadOnlyList<PickleNode> Items => items;

    public void Add(PickleNode item)
    {
        Hold(item);
        items.Add(item);
    }
}

/// <summary>A dict. What stands under anything but a text, as the state of an optimiser does, is not kept.</summary>
/// <param name="isOrdered">Whether it is an OrderedDict, the only type that may have attributes.</param>
internal sealed class PickleDict(bool isOrdered) : PickleNode("a dict")
{
    private readonly OrderedDictionary<string, PickleNode> entries = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, PickleNode> Entries => entries;

    public bool IsOrdered => isOrdered;

    /// <summary>What stands in place of a name somewhere, such as "a number"; null where all keys are names.</summary>
    public string? OtherKey { get; private set; }

    /// <summary>The tensors that stand in this dict itself.</summary>
    public int TensorCount { get; private set; }

    /// <summary>Whether a tensor with dimensions stands in this dict itself: a single number may be anything's.</summary>
    public bool IsTable { get; private set; }

    /// <summary>Whether it is a table of tensors, or holds one.</summary>
    public bool HoldsTable { get; private set; }

    /// <inheritdoc/>
    public override string Kind => TensorCount > 0 ? $"a dict with {TensorCount} tensors" : base.Kind;

    /// <summary>Adds an entry; false where the key is there already.</summary>
    public bool TryAdd(string key, PickleNode value)
    {
        Hold(value);
        TensorCount += value is TensorRef ? 1 : 0;
        IsTable |= value is TensorRef { Shape.Length: > 0 };
        HoldsTable |= IsTable || value is PickleDict { HoldsTable: true };
        return entries.TryAdd(key, value);
    }

    /// <summary>Notes an entry under a key that is no text.</summary>
    public void AddOther(PickleNode key, PickleNode value)
    {
        Hold(key);
        Hold(value);
        OtherKey = key.Kind;
    }
}

/// <summary>What a global name stands for.</summary>
internal enum GlobalKind
{
    /// <summary>collections.OrderedDict.</summary>
    OrderedDict,

    /// <summary>torch._utils._rebuild_tensor_v2.</summary>
    RebuildTensor,

    /// <summary>torch._utils._rebuild_parameter.</summary>
    RebuildParameter,

    /// <summary>A storage class, such as torch.FloatStorage.</summary>
    Storage,
}

/// <summary>The name of a function or class that a table of tensors needs.</summary>
/// <param name="role">What it stands for.</param>
/// <param name="dtype">The element type of a storage class; without meaning for others.</param>
internal sealed class GlobalRef(GlobalKind role, TensorDtype dtype = default) : PickleNode("a function or class")
{
    public GlobalKind Role => role;

    public TensorDtype Dtype => dtype;
}

/// <summary>A block of values of one type, which tensors view.</summary>
/// <param name="key">Its name in the file.</param>
/// <param name="dtype">The element type.</param>
/// <param name="count">The number of elements.</param>
/// <param name="place">Where it is first named.</param>
internal sealed class StorageRef(string key, TensorDtype dtype, long count, FilePlace place) : PickleNode("a storage")
{
    public string Key => key;

    public TensorDtype Dtype => dtype;

    public long Count => count;

    public FilePlace Place => place;

    /// <summary>The size of an element in bytes.</summary>
    public int ElementBytes => dtype.BitsPerElement() / 8;

    /// <summary>The size in bytes, or null where it does not fit.</summary>
    public long? ByteLength => count <= long.MaxValue / ElementBytes ? count * ElementBytes : null;
}

/// <summary>A tensor: a view of a storage. All of it has been checked to lie inside.</summary>
/// <param name="storage">Where the values are.</param>
/// <param name="offset">The first element's place in the storage.</param>
/// <param name="shape">The dimensions, outermost first.</param>
/// <param name="strides">How far apart neighbours along each dimension are, in elements.</param>
/// <param name="place">Where it is described.</param>
internal sealed class TensorRef(
    StorageRef storage, long offset, ImmutableArray<long> shape, ImmutableArray<long> strides, FilePlace place)
    : PickleNode("a tensor")
{
    public StorageRef Storage => storage;

    public long Offset => offset;

    public ImmutableArray<long> Shape => shape;

    public ImmutableArray<long> Strides => strides;

    public FilePlace Place => place;
}
