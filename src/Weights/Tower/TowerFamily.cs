using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>Visual towers: SAM's vision transformer with convolutions behind it, as document models have them.</summary>
internal sealed class TowerFamily : ModelFamily<TowerConfig>
{
    private const int DeepSeekOcr2Width = 896;

    private TowerFamily()
    {
    }

    /// <summary>The one description.</summary>
    public static TowerFamily Instance { get; } = new();

    /// <inheritdoc/>
    public override string Kind => "visual tower";

    /// <inheritdoc/>
    public override string ConfigKey => TowerCheckpoint.ConfigKey;

    /// <inheritdoc/>
    public override string Cure => "Known are the towers of "
        + $"{string.Join(", ", TowerHome.All.Select(home => home.Kind.Title()).Distinct())}: use a whole file of such a model.";

    /// <inheritdoc/>
    public override bool Claims(KeyTable table) =>
        Namings(table).Any(naming => naming.HasConvolution(table)) && SamNaming.Find(table)?.HasDecoder(table) != true;

    /// <inheritdoc/>
    public override bool ClaimsConfig(IReadOnlySet<string> keys) => keys.Contains("widths");

    /// <summary>The spelling by which there is most of a tower.</summary>
    /// <exception cref="CheckpointException">There are several towers, and no way to choose.</exception>
    public override KeyNaming? FindNaming(KeyTable table)
    {
        ImmutableArray<TowerNaming> whole = [.. Namings(table).Where(naming => naming.HasConvolution(table))];
        string[] encoders = [.. whole.Select(naming => naming.EncoderPrefix).Distinct()];
        return encoders.Length <= 1
            ? whole.Concat(Namings(table)).FirstOrDefault()
            : throw new CheckpointException(
                CheckpointError.UnknownLayout,
                $"{table.Name} holds {encoders.Length} visual towers, and only one can be meant: "
                + $"{Printable.List(encoders.Select(Printable.Quote), encoders.Length)}. Save one of them alone.");
    }

    /// <inheritdoc/>
    public override TowerCheckpoint Open(TensorSource source, bool ignoreUnexpected)
    {
        Recognised<TowerConfig> found = Recognise(source, ignoreUnexpected);
        TowerKind shown = KindOf(((TowerNaming)found.Naming).Home, found.Config.Widths);
        return shown == TowerKind.Other || shown == found.Config.Kind
            ? new TowerCheckpoint(found)
            : throw Contradiction(source, found.Config, found.Config with { Kind = shown });
    }

    /// <inheritdoc/>
    public override KeyNaming? NamingOf(ModelConfig config, bool huggingFace) =>
        TowerHome.All.FirstOrDefault(home => home.HuggingFace == huggingFace
            && KindOf(home, ((TowerConfig)config).Widths) == ((TowerConfig)config).Kind) is { } home
            ? TowerNaming.Of(home)
            : null;

    /// <inheritdoc/>
    public override IEnumerable<NearModel> NearModels(KeyTable table, KeyNaming? naming)
    {
        IEnumerable<TowerNaming> namings = naming is TowerNaming known
            ? [known]
            : TowerHome.All.Add(TowerHome.Converted).Select(TowerNaming.Of);
        return namings.Select(names => new NearModel(
            table, Name(names.Home.Kind), names, Published(names.Home).Layout()));
    }

    /// <inheritdoc/>
    protected override TowerConfig Parse(string json, string source) => TowerConfig.Parse(json, source);

    /// <summary>The width of a convolution that is not there is the published one.</summary>
    protected override TowerConfig? ReadShapes(KeyTable table, KeyNaming naming)
    {
        TowerNaming names = (TowerNaming)naming;
        TensorSides sides = TensorSides.Of(table, names);
        TowerConfig published = Published(names.Home);
        VitShapes encoder = new(sides, names.CountBlocks(table));
        if (encoder.Read(published) is not { } config)
        {
            return null;
        }

        ImmutableArray<string> convolutions = TowerNaming.Convolutions;
        int first = TensorSides.Majority(sides[convolutions[0], 0], sides[convolutions[1], 1]);
        ImmutableArray<int> shown = [first, sides[convolutions[1], 0]];
        ImmutableArray<int> widths =
            [.. published.Widths.Select((width, i) => shown[i] == 0 ? width : shown[i])];
        return config with
        {
            OutChans = encoder.NeckChannels,
            Widths = widths,
            SecondPath = published.SecondPath || names.HasSecondPath(table),
            Kind = KindOf(names.Home, widths),
        };
    }

    /// <inheritdoc/>
    protected override ImmutableArray<LayoutTensor> Layout(TowerConfig config, KeyTable table, KeyNaming naming) =>
        config.Layout();

    /// <summary>The shapes show no seed, and keys that are not the model's own do not show the model.</summary>
    protected override TowerConfig Complete(TowerConfig shown, TowerConfig stated) => shown with
    {
        Seed = stated.Seed,
        Kind = shown.Kind == TowerKind.Other ? stated.Kind : shown.Kind,
    };

    /// <inheritdoc/>
    protected override string Name(TowerConfig config) => Name(config.Kind);

    private static string Name(TowerKind kind) =>
        kind == TowerKind.Other ? "a visual tower" : $"the tower of {kind.Title()}";

    /// <summary>The ways to read the encoders of a file as towers.</summary>
    private static IEnumerable<TowerNaming> Namings(KeyTable table) =>
        VitNames.Find(table).SelectMany(encoder => TowerNaming.Candidates(encoder.Prefix, encoder.HuggingFace));

    /// <summary>DeepSeek-OCR 2 has the keys of the first, and another width.</summary>
    private static TowerKind KindOf(TowerHome home, ImmutableArray<int> widths) =>
        home is { Kind: TowerKind.DeepSeekOcr } && widths[^1] == DeepSeekOcr2Width ? TowerKind.DeepSeekOcr2 : home.Kind;

    /// <summary>The published tower with these keys.</summary>
    private static TowerConfig Published(TowerHome home) => TowerConfig.VitB with
    {
        ImgSize = home.Kind switch
        {
            TowerKind.PPFormulaNet => 768,
            TowerKind.SlaNext => 512,
            _ => TowerConfig.VitB.ImgSize,
        },
        Widths = home switch
        {
            { Convolutions.Length: 1 } => [512],
            { Kind: TowerKind.DeepSeekOcr2 } => [512, DeepSeekOcr2Width],
            _ => TowerConfig.VitB.Widths,
        },
        SecondPath = home.Kind == TowerKind.DeepSeekVl,
        Kind = home.Kind,
    };
}
