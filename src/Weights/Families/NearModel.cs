using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// A model that a file may have been meant to be, and how much of it the file has: says of a file that no known layout fits
/// which one comes nearest, and what stands in the way.
/// </summary>
internal sealed class NearModel
{
    private readonly string name;
    private readonly KeyNaming naming;
    private readonly ImmutableArray<LayoutTensor> layout;
    private readonly int present;
    private readonly int fitting;

    /// <summary>Counts the keys that are there, and those of the right shape.</summary>
    /// <param name="table">The file's keys.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="naming">How its keys would be spelt.</param>
    /// <param name="layout">The tensors it would need.</param>
    public NearModel(KeyTable table, string name, KeyNaming naming, ImmutableArray<LayoutTensor> layout)
    {
        (this.name, this.naming, this.layout) = (name, naming, layout);
        foreach (LayoutTensor needed in layout)
        {
            if (table.TryGet(naming.NamesInFile(needed.Name)[0], out TensorInfo? found))
            {
                present++;
                fitting += found.Shape.SequenceEqual(needed.Shape) ? 1 : 0;
            }
        }
    }

    /// <summary>The error for a file.</summary>
    /// <param name="family">The family that it was to belong to.</param>
    /// <param name="table">The file's keys.</param>
    /// <param name="naming">How its keys are spelt, where that could be seen.</param>
    public static CheckpointException Refuse(ModelFamily family, KeyTable table, KeyNaming? naming)
    {
        TensorSource source = table.Source;
        NearModel nearest = family.NearModels(table, naming).MaxBy(model => model.fitting)!;
        if (nearest.present == 0)
        {
            string first = string.Join(", ", source.Tensors.Take(3).Select(tensor => Printable.Quote(tensor.Name)));
            return new CheckpointException(
                CheckpointError.UnknownLayout,
                $"{source.Name} is no {family.Kind}: none of its {source.Tensors.Length} tensors ({first}) is known. "
                + family.Cure);
        }

        return new CheckpointException(
            CheckpointError.UnknownLayout,
            $"{source.Name} is no {family.Kind} we know. It comes nearest to {nearest}. {family.Cure}",
            new KeyMatch(table, nearest.naming, nearest.layout).Problems);
    }

    /// <summary>Its name, and how much of it is there.</summary>
    public override string ToString() =>
        $"{name} with the names of {naming.Spelling}: {present} of {layout.Length} keys are there, "
        + $"{fitting} with the right shape";
}
