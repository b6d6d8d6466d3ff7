using System.Collections.Frozen;
using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>The globals that a table of tensors needs, and what calling them gives. No other has a meaning.</summary>
internal static class PickleGlobals
{
    /// <summary>PyTorch's own limit of dimensions.</summary>
    private const int MaxRank = 64;

    private static readonly FrozenDictionary<(string Module, string Name), GlobalRef> allowed =
        new Dictionary<(string, string), GlobalRef>
        {
            [("collections", "OrderedDict")] = new(GlobalKind.OrderedDict),
            [("torch._utils", "_rebuild_tensor_v2")] = new(GlobalKind.RebuildTensor),
            [("torch._utils", "_rebuild_parameter")] = new(GlobalKind.RebuildParameter),
            [("torch", "FloatStorage")] = new(GlobalKind.Storage, TensorDtype.F32),
            [("torch", "HalfStorage")] = new(GlobalKind.Storage, TensorDtype.F16),
            [("torch", "BFloat16Storage")] = new(GlobalKind.Storage, TensorDtype.BF16),
            [("torch", "DoubleStorage")] = new(GlobalKind.Storage, TensorDtype.F64),
            [("torch", "LongStorage")] = new(GlobalKind.Storage, TensorDtype.I64),
            [("torch", "IntStorage")] = new(GlobalKind.Storage, TensorDtype.I32),
            [("torch", "ShortStorage")] = new(GlobalKind.Storage, TensorDtype.I16),
            [("torch", "CharStorage")] = new(GlobalKind.Storage, TensorDtype.I8),
            [("torch", "ByteStorage")] = new(GlobalKind.Storage, TensorDtype.U8),
            [("torch", "BoolStorage")] = new(GlobalKind.Storage, TensorDtype.Bool),
        }.ToFrozenDictionary();

    /// <summary>The global of exactly this module and name; any other is a name and no more.</summary>
    public static PickleNode Find(string module, string name, FilePlace place) =>
        allowed.TryGetValue((module, name), out GlobalRef? found) ? found : new PickleOpaque($"{module}.{name}", place);

    /// <summary>The error for a file that has something else where tensors are needed.</summary>
    public static PyTorchException Refuse(PickleOpaque stranger) => stranger.Place.Error(
        PyTorchError.ForbiddenGlobal,
        $"the file wants {Printable.Quote(stranger.Name)}, which no table of tensors needs; nothing was run.");

    /// <summary>What a call stands for. Nothing is called: the three functions are known here by what they mean.</summary>
    public static PickleNode Call(GlobalRef callable, PickleTuple arguments, FilePlace place) => callable.Role switch
    {
        _ when arguments.Items.OfType<PickleOpaque>().FirstOrDefault() is { } stranger => stranger.With(arguments),
        GlobalKind.OrderedDict when arguments.Items.IsEmpty => new PickleDict(isOrdered: true),
        GlobalKind.RebuildTensor when arguments.Items.Length is 6 or 7 => RebuildTensor(arguments.Items, place),
        GlobalKind.RebuildParameter when arguments.Items.Length == 3 => RebuildParameter(arguments.Items, place),
        GlobalKind.Storage => throw place.Error(PyTorchError.TypeMismatch, "a storage class is called."),
        _ => throw place.Error(
            PyTorchError.InvalidArguments, $"a function does not take {arguments.Items.Length} arguments."),
    };

    /// <summary>(storage, offset, size, stride, requires_grad, backward_hooks[, metadata]).</summary>
    private static TensorRef RebuildTensor(ImmutableArray<PickleNode> arguments, FilePlace place)
    {
        StorageRef storage = place.Expect<StorageRef>(arguments[0], "a storage");
        long offset = place.Expect<PickleInt>(arguments[1], "an offset").Value;
        ImmutableArray<long> shape = Sizes(arguments[2], "a shape", place);
        ImmutableArray<long> strides = Sizes(arguments[3], "strides", place);
        place.Expect<PickleBool>(arguments[4], "a truth value");
        CheckHooks(arguments[5], place);
        if (arguments.Length == 7 && arguments[6] is not (PickleDict or PickleIgnored))
        {
            throw place.Error(PyTorchError.TypeMismatch, $"{arguments[6].Kind} stands where a dict is needed.");
        }

        CheckBounds(storage, offset, shape, strides, place);
        return new TensorRef(storage, offset, shape, strides, place);
    }

    /// <summary>(data, requires_grad, backward_hooks): as good as the tensor.</summary>
    private static TensorRef RebuildParameter(ImmutableArray<PickleNode> arguments, FilePlace place)
    {
        TensorRef tensor = place.Expect<TensorRef>(arguments[0], "a tensor");
        place.Expect<PickleBool>(arguments[1], "a truth value");
        CheckHooks(arguments[2], place);
        return tensor;
    }

    private static void CheckHooks(PickleNode hooks, FilePlace place) =>
        place.Expect<PickleDict>(hooks, "an OrderedDict of hooks");

    private static ImmutableArray<long> Sizes(PickleNode node, string what, FilePlace place)
    {
        ImmutableArray<PickleNode> items = place.Expect<PickleTuple>(node, $"a tuple of {what}").Items;
        if (items.Length > MaxRank)
        {
            throw place.Error(PyTorchError.InvalidTensor, $"{what} of {items.Length} dimensions is no tensor's.");
        }

        ImmutableArray<long> sizes = [.. items.Select(item => place.Expect<PickleInt>(item, $"a number of {what}").Value)];
        return sizes.All(size => size >= 0)
            ? sizes
            : throw place.Error(PyTorchError.InvalidTensor, $"{what} {Printable.Shape(sizes)} is negative.");
    }

    private static void CheckBounds(
        StorageRef storage, long offset, ImmutableArray<long> shape, ImmutableArray<long> strides, FilePlace place)
    {
        if (shape.Length != strides.Length)
        {
            throw place.Error(
                PyTorchError.InvalidTensor, $"{shape.Length} dimensions have {strides.Length} strides.");
        }

        if (TensorInfo.BitsOf(storage.Dtype, shape) is null)
        {
            throw place.Error(
                PyTorchError.InvalidTensor, $"the shape {Printable.Shape(shape)} is impossibly large.");
        }

        // One behind the last element. A product of two 63-bit numbers fits, and a sum that is too large ends the loop.
        Int128 end = shape.Contains(0) ? offset : (Int128)offset + 1;
        for (int i = 0; i < shape.Length && !shape.Contains(0) && end <= storage.Count; i++)
        {
            end += (Int128)(shape[i] - 1) * strides[i];
        }

        if (offset < 0 || end > storage.Count)
        {
            throw place.Error(
                PyTorchError.TensorOutOfBounds,
                $"a tensor {Printable.Shape(shape)} at {offset} reaches beyond its storage of {storage.Count} values.");
        }
    }
}
