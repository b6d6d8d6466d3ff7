using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// Finds the table of tensors in what was saved: the value itself, or a dict inside it, under one of the usual names or
/// alone. What stands beside it (an optimiser, numbers of an epoch, objects of Python) is ignored and said; where several
/// could be meant, that is an error.
/// </summary>
internal sealed class StateDict
{
    /// <summary>Wrappers inside wrappers; real files have two at most.</summary>
    private const int MaxWrappers = 4;

    /// <summary>The names under which training programs keep the model.</summary>
    private static readonly string[] wrappers = ["model", "model_state", "model_state_dict", "state_dict"];

    private readonly FilePlace place;
    private readonly List<KeyValuePair<string, PickleNode>> beside = [];

    private StateDict(PickleNode root, FilePlace place)
    {
        this.place = place;
        PickleDict dict = root switch
        {
            PickleDict found => found,
            PickleOpaque stranger => throw PickleGlobals.Refuse(stranger),
            _ => throw place.Error(PyTorchError.NoTensors, $"the file holds {root.Kind}, not a dict of tensors."),
        };
        CheckStrangers(dict);
        for (int level = 0; !dict.IsTable && (dict.HoldsTable || dict.TensorCount == 0); level++)
        {
            dict = Unwrap(dict, level);
            CheckStrangers(dict);
        }

        if (dict.Entries.Values.Any(value => value is PickleDict { HoldsTable: true }))
        {
            throw Ambiguous(dict);
        }

        Tensors = TensorsOf(dict);
        Others = dict.Entries.Where(entry => entry.Value is not TensorRef)
            .ToDictionary(entry => entry.Key, entry => entry.Value.Kind, StringComparer.Ordinal);
        beside.AddRange(dict.Entries.Where(entry => entry.Value is not TensorRef));
    }

    /// <summary>The tensors by name, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, TensorRef>> Tensors { get; }

    /// <summary>What stands in the table under a name and is no tensor, in words.</summary>
    public IReadOnlyDictionary<string, string> Others { get; }

    /// <summary>What stands beside the tensors and is ignored, a sentence; null where there is nothing.</summary>
    public string? Ignored => beside.Count == 0 ? null : $"The file also holds {List(beside)}, which is not used.";

    /// <summary>Finds the table in the value that was saved.</summary>
    /// <exception cref="PyTorchException">There is no table of tensors, or no telling which one, or a bad name.</exception>
    public static StateDict Find(PickleNode root, FilePlace place) => new(root, place);

    /// <summary>
    /// What honest programs keep beside their weights is ignored. An object that exists to run something, in plain sight
    /// where the weights are, says that the file is not what it was taken for.
    /// </summary>
    private static void CheckStrangers(PickleDict dict)
    {
        foreach (PickleNode value in dict.Entries.Values)
        {
            if (value is PickleOpaque stranger && SuspectGlobals.Has(stranger.Name))
            {
                throw PickleGlobals.Refuse(stranger);
            }
        }
    }

    private PickleDict Unwrap(PickleDict dict, int level)
    {
        List<KeyValuePair<string, PickleNode>> inside =
            [.. dict.Entries.Where(entry => entry.Value is PickleDict { HoldsTable: true })];
        List<KeyValuePair<string, PickleNode>> named = [.. inside.Where(entry => wrappers.Contains(entry.Key))];
        List<KeyValuePair<string, PickleNode>> choices = named.Count > 0 ? named : inside;
        if (choices.Count == 0 || level >= MaxWrappers)
        {
            throw dict.Entries.Values.OfType<PickleOpaque>().FirstOrDefault() is { } stranger
                ? PickleGlobals.Refuse(stranger)
                : place.Error(PyTorchError.NoTensors, $"no dict of tensors was found, only {List(dict.Entries)}.");
        }

        if (choices.Count > 1)
        {
            throw Ambiguous(dict);
        }

        beside.AddRange(dict.Entries.Where(entry => entry.Key != choices[0].Key));
        return (PickleDict)choices[0].Value;
    }

    private List<KeyValuePair<string, TensorRef>> TensorsOf(PickleDict dict)
    {
        if (dict.OtherKey is { } key)
        {
            throw place.Error(PyTorchError.InvalidTensorName, $"{key} stands among the names of the tensors.");
        }

        List<KeyValuePair<string, TensorRef>> tensors = [];
        foreach ((string name, PickleNode value) in dict.Entries)
        {
            if (value is TensorRef tensor)
            {
                CheckName(name, tensor.Place);
                tensors.Add(new(name, tensor));
            }
        }

        return tensors;
    }

    /// <summary>A tensor must be able to go into a safetensors file, and into a line of a log.</summary>
    private static void CheckName(string name, FilePlace place)
    {
        if (name == SafetensorsHeader.MetadataKey || name.Any(char.IsControl))
        {
            throw place.Error(
                PyTorchError.InvalidTensorName, $"a tensor cannot have the name {Printable.Quote(name)}.");
        }
    }

    private PyTorchException Ambiguous(PickleDict dict) => place.Error(
        PyTorchError.AmbiguousTensors, $"several dicts of tensors could be meant: {List(dict.Entries)}.");

    private static string List(IReadOnlyCollection<KeyValuePair<string, PickleNode>> entries) => entries.Count == 0
        ? "an empty dict"
        : Printable.List(entries.Select(entry => $"{Printable.Quote(entry.Key)} ({entry.Value.Kind})"), entries.Count);
}
