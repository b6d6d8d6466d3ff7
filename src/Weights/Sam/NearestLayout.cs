using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>Says of a file that no known layout fits which one comes nearest, and what stands in the way.</summary>
internal static class NearestLayout
{
    private static readonly ImmutableArray<(string Name, SamConfig Config)> published =
        [("ViT-B", SamConfig.VitB), ("ViT-L", SamConfig.VitL), ("ViT-H", SamConfig.VitH)];

    /// <summary>The error for a file.</summary>
    /// <param name="table">The file's keys.</param>
    /// <param name="scheme">How its keys are spelt, where that could be seen.</param>
    public static CheckpointException Describe(KeyTable table, KeyScheme? scheme)
    {
        TensorSource source = table.Source;
        string wrapper = source.Tensors.IsEmpty ? "" : KeyScheme.WrapperOf(KeyTable.KeyOf(source.Tensors[0]));
        ImmutableArray<KeyScheme> schemes = scheme is not null
            ? [scheme]
            : [KeyScheme.WholeModel(wrapper, huggingFace: false), KeyScheme.WholeModel(wrapper, huggingFace: true)];
        Candidate nearest = published
            .SelectMany(model => schemes.Select(names => new Candidate(table, model.Name, model.Config, names)))
            .MaxBy(candidate => candidate.Fitting)!;
        const string cure = "Known are SAMs of any size and their image encoders alone, with the names of the original "
            + "or of Hugging Face: use such a checkpoint, whole.";
        if (nearest.Present == 0)
        {
            string first = string.Join(", ", source.Tensors.Take(3).Select(tensor => Printable.Quote(tensor.Name)));
            return new CheckpointException(
                CheckpointError.UnknownLayout,
                $"{source.Name} is no SAM: none of its {source.Tensors.Length} tensors ({first}) is known. {cure}");
        }

        return new CheckpointException(
            CheckpointError.UnknownLayout,
            $"{source.Name} is no SAM we know. It comes nearest to {nearest}. {cure}",
            new KeyMatch(table, nearest.Names, nearest.Layout).Problems);
    }

    /// <summary>The usual name of a published model, whatever its seed; null for another.</summary>
    public static string? NameOf(SamConfig config) =>
        published.FirstOrDefault(model => model.Config == config with { Seed = null }).Name;

    /// <summary>A known layout, and how much of it a file has.</summary>
    private sealed class Candidate
    {
        private readonly string model;
        private readonly bool hasDecoder;

        public Candidate(KeyTable table, string model, SamConfig config, KeyScheme names)
        {
            SamLayout layout = new(config);
            (this.model, Names, hasDecoder) = (model, names, names.HasDecoder(table));
            Layout = hasDecoder ? layout.Tensors : layout.Encoder;
            foreach (LayoutTensor needed in Layout)
            {
                if (table.TryGet(names.NamesInFile(needed.Name)[0], out TensorInfo? found))
                {
                    Present++;
                    Fitting += found.Shape.SequenceEqual(needed.Shape) ? 1 : 0;
                }
            }
        }

        public KeyScheme Names { get; }

        public ImmutableArray<LayoutTensor> Layout { get; }

        /// <summary>The keys that are there.</summary>
        public int Present { get; }

        /// <summary>The keys that are there with the right shape.</summary>
        public int Fitting { get; }

        public override string ToString()
        {
            string part = hasDecoder ? "" : "the encoder of ";
            string spelling = Names.HuggingFace ? "Hugging Face" : "the original";
            return $"{part}{model} with the names of {spelling}: {Present} of {Layout.Length} keys are there, "
                + $"{Fitting} with the right shape";
        }
    }
}
