using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>What a pickle describes.</summary>
/// <param name="Root">The value it stands for.</param>
/// <param name="Storages">All storages it names, by key.</param>
/// <param name="Strangers">The classes and functions it names that a table of tensors does not need, each once.</param>
internal sealed record Pickle(
    PickleNode Root, IReadOnlyDictionary<string, StorageRef> Storages, IReadOnlyCollection<string> Strangers);

/// <summary>
/// Follows a pickle's instructions on a stack of inert values; nothing is imported, constructed or called. What is not on
/// the list of instructions is refused. A class or function that is not on the list of globals is a name and no more, and
/// so is whatever the file does with it.
/// </summary>
internal sealed class PickleMachine
{
    /// <summary>Our limit of instructions.</summary>
    public const int MaxSteps = 2_000_000;

    private const int Protocol3 = 3;
    private const int Protocol4 = 4;

    private readonly PickleInput input;
    private readonly bool isLegacy;
    private readonly PickleStack stack = new();
    private readonly Dictionary<string, StorageRef> storages = new(StringComparer.Ordinal);
    private readonly HashSet<string> strangers = new(StringComparer.Ordinal);

    private int protocol;
    private long frameEnd;

    private PickleMachine(PickleInput input, bool isLegacy) => (this.input, this.isLegacy) = (input, isLegacy);

    /// <summary>Follows one pickle to its end, which the input's position then is.</summary>
    /// <param name="input">The pickle, and perhaps more behind it.</param>
    /// <param name="isLegacy">Whether a storage is named as in the stream before 1.6, with a sixth element.</param>
    /// <exception cref="PyTorchException">A rule is broken.</exception>
    public static Pickle Run(PickleInput input, bool isLegacy)
    {
        PickleMachine machine = new(input, isLegacy);
        return new Pickle(machine.Run(), machine.storages, machine.strangers);
    }

    private PickleNode Run()
    {
        ReadProtocol();
        for (int step = 0; step < MaxSteps; step++)
        {
            stack.Place = input.Place;
            PickleOpcode opcode = (PickleOpcode)input.TakeByte();
            if (opcode == PickleOpcode.Stop)
            {
                return stack.Finish();
            }

            Follow(opcode);
        }

        throw Error(PyTorchError.TooManySteps, $"the pickle has more than {MaxSteps} instructions.");
    }

    private void ReadProtocol()
    {
        stack.Place = input.Place;
        if (input.TakeByte() != (byte)PickleOpcode.Proto)
        {
            throw Error(PyTorchError.UnsupportedProtocol, "the pickle does not state its protocol first.");
        }

        protocol = input.TakeByte();
        if (protocol is < 2 or > Protocol4)
        {
            throw Error(PyTorchError.UnsupportedProtocol, $"the pickle is of protocol {protocol}, not 2, 3 or 4.");
        }
    }

    private void Follow(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                stack.OpenGroup();
                break;
            case PickleOpcode.None:
                stack.Push(PickleIgnored.None);
                break;
            case PickleOpcode.NewTrue:
                stack.Push(PickleBool.True);
                break;
            case PickleOpcode.NewFalse:
                stack.Push(PickleBool.False);
                break;
            case PickleOpcode.BinInt:
                stack.Push(new PickleInt(input.TakeInt32()));
                break;
            case PickleOpcode.BinInt1:
                stack.Push(new PickleInt(input.TakeByte()));
                break;
            case PickleOpcode.BinInt2:
                stack.Push(new PickleInt(input.TakeUInt16()));
                break;
            case PickleOpcode.Long1:
                PushInteger(input.TakeInteger(input.TakeByte()));
                break;
            case PickleOpcode.Long4:
                PushInteger(input.TakeInteger(input.TakeUInt32()));
                break;
            case PickleOpcode.BinBytes when protocol >= Protocol3:
                PushBytes(input.TakeUInt32());
                break;
            case PickleOpcode.ShortBinBytes when protocol >= Protocol3:
                PushBytes(input.TakeByte());
                break;
            case PickleOpcode.BinFloat:
                input.TakeUInt64();
                stack.Push(PickleIgnored.Float);
                break;
            case PickleOpcode.BinUnicode:
                stack.Push(new PickleString(input.TakeText(input.TakeUInt32())));
                break;
            case PickleOpcode.ShortBinUnicode when protocol >= Protocol4:
                stack.Push(new PickleString(input.TakeText(input.TakeByte())));
                break;
            case PickleOpcode.EmptyTuple:
                stack.Push(PickleTuple.Empty);
                break;
            case PickleOpcode.EmptyList:
                stack.Push(new PickleList());
                break;
            case PickleOpcode.EmptyDict:
                stack.Push(new PickleDict(isOrdered: false));
                break;
            case PickleOpcode.EmptySet when protocol >= Protocol4:
                stack.Push(new PickleOpaque("set", stack.Place));
                break;
            case PickleOpcode.AddItems when protocol >= Protocol4:
                AddToSet(stack.PopGroup());
                break;
            case PickleOpcode.FrozenSet when protocol >= Protocol4:
                PushCalled(new PickleOpaque("frozenset", stack.Place).With(stack.PopGroup().AsSpan()));
                break;
            case PickleOpcode.Tuple:
                PushTuple(stack.PopGroup());
                break;
            case PickleOpcode.Tuple1:
                PushTuple(stack.Pop(1));
                break;
            case PickleOpcode.Tuple2:
                PushTuple(stack.Pop(2));
                break;
            case PickleOpcode.Tuple3:
                PushTuple(stack.Pop(3));
                break;
            case PickleOpcode.Append:
                AddToList(stack.Pop(1));
                break;
            case PickleOpcode.Appends:
                AddToList(stack.PopGroup());
                break;
            case PickleOpcode.SetItem:
                AddToDict(stack.Pop(2));
                break;
            case PickleOpcode.SetItems:
                AddToDict(stack.PopGroup());
                break;
            case PickleOpcode.BinGet:
                stack.Recall(input.TakeByte());
                break;
            case PickleOpcode.LongBinGet:
                stack.Recall(input.TakeUInt32());
                break;
            case PickleOpcode.BinPut:
                stack.Remember(input.TakeByte());
                break;
            case PickleOpcode.LongBinPut:
                stack.Remember(input.TakeUInt32());
                break;
            case PickleOpcode.Memoize when protocol >= Protocol4:
                stack.Memoize();
                break;
            case PickleOpcode.Global:
                PushGlobal(input.TakeLine(), input.TakeLine());
                break;
            case PickleOpcode.StackGlobal when protocol >= Protocol4:
                FindGlobal(stack.Pop(2));
                break;
            case PickleOpcode.Reduce:
                Call(stack.Pop(2));
                break;
            case PickleOpcode.NewObj:
                NewObject(stack.Pop(2));
                break;
            case PickleOpcode.NewObjEx when protocol >= Protocol4:
                NewObject(stack.Pop(3));
                break;
            case PickleOpcode.Build:
                DropAttributes(stack.Pop(1));
                break;
            case PickleOpcode.BinPersId:
                PushStorage(stack.Pop(1)[0]);
                break;
            case PickleOpcode.Frame when protocol >= Protocol4:
                BeginFrame(input.TakeUInt64());
                break;
            case PickleOpcode.Proto:
                throw Error(PyTorchError.UnsupportedProtocol, "the pickle states its protocol a second time.");
            default:
                throw Error(
                    PyTorchError.ForbiddenOpcode,
                    $"the pickle has the instruction 0x{(byte)opcode:X2}, which no table of tensors needs.");
        }
    }

    private void PushTuple(ImmutableArray<PickleNode> items)
    {
        PickleTuple tuple = new(items);
        stack.CheckNesting(tuple);
        stack.Push(tuple);
    }

    private void PushInteger(long? value) =>
        stack.Push(value is long number ? new PickleInt(number) : PickleIgnored.LongInteger);

    private void PushBytes(uint length)
    {
        input.Skip(length);
        stack.Push(PickleIgnored.Bytes);
    }

    private void PushGlobal(string module, string name)
    {
        PickleNode found = PickleGlobals.Find(module, name, stack.Place);
        if (found is PickleOpaque stranger)
        {
            strangers.Add(stranger.Name);
        }

        stack.Push(found);
    }

    /// <summary>Puts values into something whose contents are not kept.</summary>
    private void Fill(PickleOpaque target, ImmutableArray<PickleNode> items)
    {
        target.Take(items.AsSpan());
        stack.CheckNesting(target);
    }

    private void PushCalled(PickleNode result)
    {
        stack.CheckNesting(result);
        stack.Push(result);
    }

    private void AddToList(ImmutableArray<PickleNode> items)
    {
        if (stack.Top() is PickleOpaque stranger)
        {
            Fill(stranger, items);
            return;
        }

        PickleList list = stack.Place.Expect<PickleList>(stack.Top(), "a list");
        foreach (PickleNode item in items)
        {
            list.Add(item);
        }

        stack.CheckNesting(list);
    }

    private void AddToSet(ImmutableArray<PickleNode> items) => Fill(stack.Place.Expect<PickleOpaque>(stack.Top(), "a set"), items);

    private void AddToDict(ImmutableArray<PickleNode> items)
    {
        if (stack.Top() is PickleOpaque stranger)
        {
            Fill(stranger, items);
            return;
        }

        PickleDict dict = stack.Place.Expect<PickleDict>(stack.Top(), "a dict");
        if (items.Length % 2 != 0)
        {
            throw Error(PyTorchError.OddItems, $"{items.Length} keys and values are no pairs.");
        }

        for (int i = 0; i < items.Length; i += 2)
        {
            AddEntry(dict, items[i], items[i + 1]);
        }

        stack.CheckNesting(dict);
    }

    private void AddEntry(PickleDict dict, PickleNode key, PickleNode value)
    {
        switch (key)
        {
            case PickleString { Value: string name }:
                if (!dict.TryAdd(name, value))
                {
                    throw Error(PyTorchError.DuplicateKey, $"a dict has the key {Printable.Quote(name)} twice.");
                }

                break;
            case PickleList or PickleDict or StorageRef or TensorRef:
                throw Error(PyTorchError.TypeMismatch, $"{key.Kind} stands where a key is needed.");
            default:
                dict.AddOther(key, value);
                break;
        }
    }

    private void FindGlobal(ImmutableArray<PickleNode> names) => PushGlobal(
        stack.Place.Expect<PickleString>(names[0], "the name of a module").Value,
        stack.Place.Expect<PickleString>(names[1], "a name").Value);

    private void Call(ImmutableArray<PickleNode> call)
    {
        PickleTuple arguments = stack.Place.Expect<PickleTuple>(call[1], "a tuple of arguments");
        PushCalled(call[0] is PickleOpaque stranger
            ? stranger.With(arguments)
            : PickleGlobals.Call(stack.Place.Expect<GlobalRef>(call[0], "a function or class"), arguments, stack.Place));
    }

    /// <summary>A class, a tuple of arguments, and perhaps a dict of named ones. Of classes we know one.</summary>
    private void NewObject(ImmutableArray<PickleNode> call)
    {
        if (call[0] is PickleOpaque stranger)
        {
            PushCalled(stranger.With(call.AsSpan()[1..]));
        }
        else if (call is [GlobalRef { Role: GlobalKind.OrderedDict }, PickleTuple { Items.IsEmpty: true }])
        {
            stack.Push(new PickleDict(isOrdered: true));
        }
        else
        {
            throw Error(PyTorchError.TypeMismatch, $"{call[0].Kind} is made an object of.");
        }
    }

    /// <summary>The one attribute that matters is a state_dict's _metadata, the versions of its modules.</summary>
    private void DropAttributes(ImmutableArray<PickleNode> attributes)
    {
        if (stack.Top() is PickleOpaque stranger)
        {
            Fill(stranger, attributes);
            return;
        }

        stack.Place.Expect<PickleDict>(attributes[0], "a dict of attributes");
        if (!stack.Place.Expect<PickleDict>(stack.Top(), "an OrderedDict").IsOrdered)
        {
            throw Error(PyTorchError.TypeMismatch, "a plain dict gets attributes.");
        }
    }

    /// <summary>('storage', class, key, location, count), and None at the end of it in a legacy stream.</summary>
    private void PushStorage(PickleNode id)
    {
        ImmutableArray<PickleNode> items = stack.Place.Expect<PickleTuple>(id, "the name of a storage").Items;
        if (items is [PickleString { Value: "storage" }, PickleOpaque stranger, ..])
        {
            PushCalled(stranger.With(id));
            return;
        }

        if (items.Length != (isLegacy ? 6 : 5)
            || items[0] is not PickleString { Value: "storage" }
            || items[1] is not GlobalRef { Role: GlobalKind.Storage } type
            || items[2] is not PickleString key
            || items[3] is not PickleString
            || items[4] is not PickleInt { Value: >= 0 } count
            || (isLegacy && items[5] != PickleIgnored.None))
        {
            throw Error(PyTorchError.InvalidStorage, "a storage is not named as PyTorch does.");
        }

        stack.Push(Storage(key.Value, type.Dtype, count.Value));
    }

    private StorageRef Storage(string key, TensorDtype dtype, long count)
    {
        if (!storages.TryGetValue(key, out StorageRef? storage))
        {
            storage = new StorageRef(key, dtype, count, stack.Place);
            storages.Add(key, storage);
        }

        return storage.Dtype == dtype && storage.Count == count
            ? storage
            : throw Error(
                PyTorchError.StorageMismatch,
                $"the storage {Printable.Quote(key)} is once {storage.Count} values of {storage.Dtype.FileName()}, "
                + $"once {count} of {dtype.FileName()}.");
    }

    private void BeginFrame(ulong length)
    {
        if (length == 0 || input.Position < frameEnd || length > (ulong)(input.End - input.Position))
        {
            throw Error(PyTorchError.InvalidFrame, $"a frame of {length} bytes does not fit here.");
        }

        frameEnd = input.Position + (long)length;
    }

    private PyTorchException Error(PyTorchError code, string problem) => stack.Place.Error(code, problem);
}
