using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>A file's tensors held against the tensors that a model needs.</summary>
/// <remarks>
/// What the model has no place for is left out with a note where that cannot be a mistake: parts that other models are
/// known to add, and single whole numbers, which are counters. Any other tensor is a problem unless it is asked to be
/// left out too.
/// </remarks>
internal sealed class KeyMatch
{
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly ImmutableArray<KeyProblem>.Builder problems = ImmutableArray.CreateBuilder<KeyProblem>();
    private readonly ImmutableArray<string>.Builder notes = ImmutableArray.CreateBuilder<string>();

    /// <summary>Compares; never throws.</summary>
    public KeyMatch(
        KeyTable table, KeyNaming naming, ImmutableArray<LayoutTensor> layout, bool ignoreUnexpected = false)
    {
        Layout = layout;
        HashSet<string> used = new(StringComparer.Ordinal);
        foreach (LayoutTensor needed in layout)
        {
            Match(table, naming, needed, used);
        }

        Sort(
            naming,
            [.. table.Source.Tensors.Where(tensor => !used.Contains(tensor.Name))],
            table.Source.UnopenedTensors,
            ignoreUnexpected);
    }

    /// <summary>The tensors that the model needs.</summary>
    public ImmutableArray<LayoutTensor> Layout { get; }

    /// <summary>The file's tensors that fit, by the original's keys.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>The keys that do not fit; empty where the file is this model.</summary>
    public ImmutableArray<KeyProblem> Problems => problems.ToImmutable();

    /// <summary>What was ignored on purpose.</summary>
    public ImmutableArray<string> Notes => notes.ToImmutable();

    private void Match(KeyTable table, KeyNaming naming, LayoutTensor needed, HashSet<string> used)
    {
        TensorInfo? found = null;
        foreach (string name in naming.NamesInFile(needed.Name))
        {
            if (table.TryGet(name, out TensorInfo? tensor))
            {
                used.Add(tensor.Name);
                found ??= tensor;
            }
        }

        string expected = Printable.Shape(needed.Shape);
        if (found is null)
        {
            string name = naming.NamesInFile(needed.Name)[0];
            problems.Add(table.InPlaceOf(name) is { } other
                ? new(KeyProblemKind.WrongType, name, $"a tensor {expected}", other)
                : new(KeyProblemKind.Missing, name, expected, null));
        }
        else if (!found.Shape.SequenceEqual(needed.Shape))
        {
            problems.Add(new(KeyProblemKind.WrongShape, found.Name, expected, Printable.Shape(found.Shape)));
        }
        else if (!found.Dtype.DecodesToFloat())
        {
            problems.Add(new(KeyProblemKind.WrongType, found.Name, "F32, F16, BF16 or F64", found.Dtype.FileName()));
        }
        else
        {
            tensors.Add(needed.Name, found);
        }
    }

    /// <summary>Tells what may be ignored from what is unexpected.</summary>
    /// <param name="outside">Tensors of other parts of the model that are known already.</param>
    private void Sort(KeyNaming naming, ImmutableArray<TensorInfo> unused, int outside, bool ignoreUnexpected)
    {
        OrderedDictionary<string, int> known = new(StringComparer.Ordinal);
        List<string> counters = [];
        List<string> unexpected = [];
        foreach (TensorInfo tensor in unused)
        {
            string key = KeyTable.KeyOf(tensor);
            if (naming.IsOutside(key))
            {
                outside++;
            }
            else if (naming.NoteOn(key) is { } note)
            {
                known[note] = known.GetValueOrDefault(note) + 1;
            }
            else if (tensor.ElementCount == 1 && tensor.Dtype.IsInteger())
            {
                counters.Add(Printable.Plain(tensor.Name));
            }
            else if (ignoreUnexpected)
            {
                unexpected.Add(tensor.ToString());
            }
            else
            {
                string found = $"{tensor.Dtype.FileName()} {Printable.Shape(tensor.Shape)}";
                problems.Add(new(KeyProblemKind.Unexpected, tensor.Name, null, found));
            }
        }

        if (outside > 0)
        {
            notes.Add($"{outside} tensors of other parts of the model, outside {naming.EncoderPrefix}, are not used.");
        }

        foreach ((string note, int count) in known)
        {
            notes.Add($"{count} {note}");
        }

        if (counters.Count > 0)
        {
            notes.Add($"Counters are not used: {Printable.List(counters, counters.Count)}.");
        }

        if (unexpected.Count > 0)
        {
            notes.Add($"Tensors that the model has no place for are left out: {string.Join(", ", unexpected)}.");
        }
    }
}
