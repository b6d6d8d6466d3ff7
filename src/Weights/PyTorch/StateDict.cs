namespace SamNative.Weights;

/// <summary>
/// Finds the table of tensors in what was saved: the value itself, or a dict inside it, under one of the usual names or
/// alone. What stands beside it (an optimiser, numbers of an epoch) is ignored; where several could be meant, that is
/// an error.
/// </summary>
internal static class StateDict
{
    /// <summary>Wrappers inside wrappers; real files have two at most.</summary>
    private const int MaxWrappers = 4;

    /// <summary>The names under which training programs keep the model.</summary>
    private static readonly string[] wrappers = ["model", "model_state", "model_state_dict", "state_dict"];

    /// <summary>The tensors by name, in the order of the file.</summary>
    /// <exception cref="PyTorchException">There is no table of tensors, or no telling which one, or a bad name.</exception>
    public static List<KeyValuePair<string, TensorRef>> Find(PickleNode root, FilePlace place)
    {
        PickleDict dict = root as PickleDict
            ?? throw place.Error(PyTorchError.NoTensors, $"the file holds {root.Kind}, not a dict of tensors.");
        for (int level = 0; dict.TensorCount == 0; level++)
        {
            dict = Unwrap(dict, level, place);
        }

        if (dict.Entries.Values.Any(value => value is PickleDict { HoldsTensors: true }))
        {
            throw Ambiguous(dict, place);
        }

        return TensorsOf(dict, place);
    }

    private static PickleDict Unwrap(PickleDict dict, int level, FilePlace place)
    {
        List<KeyValuePair<string, PickleNode>> inside =
            [.. dict.Entries.Where(entry => entry.Value is PickleDict { HoldsTensors: true })];
        List<KeyValuePair<string, PickleNode>> named = [.. inside.Where(entry => wrappers.Contains(entry.Key))];
        List<KeyValuePair<string, PickleNode>> choices = named.Count > 0 ? named : inside;
        if (choices.Count == 0 || level >= MaxWrappers)
        {
            throw place.Error(PyTorchError.NoTensors, $"no dict of tensors was found, only {List(dict)}.");
        }

        return choices.Count == 1 ? (PickleDict)choices[0].Value : throw Ambiguous(dict, place);
    }

    private static List<KeyValuePair<string, TensorRef>> TensorsOf(PickleDict dict, FilePlace place)
    {
        if (dict.HasNumbers)
        {
            throw place.Error(PyTorchError.InvalidTensorName, "a number stands among the names of the tensors.");
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

    private static PyTorchException Ambiguous(PickleDict dict, FilePlace place) => place.Error(
        PyTorchError.AmbiguousTensors, $"several dicts of tensors could be meant: {List(dict)}.");

    private static string List(PickleDict dict)
    {
        const int most = 20;
        string entries = string.Join(
            ", ", dict.Entries.Take(most).Select(entry => $"{Printable.Quote(entry.Key)} ({entry.Value.Kind})"));
        return dict.Entries.Count switch
        {
            0 => "an empty dict",
            > most => $"{entries} and {dict.Entries.Count - most} more",
            _ => entries,
        };
    }
}
