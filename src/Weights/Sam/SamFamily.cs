using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>SAMs whose image encoder is a vision transformer, whole or the encoder alone.</summary>
internal sealed class SamFamily : ModelFamily<SamConfig>
{
    private const string Downscaling = $"{SamLayout.PromptPrefix}mask_downscaling.";
    private const string DecoderMlp = $"{SamLayout.DecoderPrefix}transformer.layers.0.mlp.";
    private const string IouHead = $"{SamLayout.DecoderPrefix}iou_prediction_head.layers.";

    private static readonly ImmutableArray<(string Name, SamConfig Config)> published =
        [("ViT-B", SamConfig.VitB), ("ViT-L", SamConfig.VitL), ("ViT-H", SamConfig.VitH)];

    private SamFamily()
    {
    }

    /// <summary>The one description.</summary>
    public static SamFamily Instance { get; } = new();

    /// <inheritdoc/>
    public override string Kind => "SAM";

    /// <inheritdoc/>
    public override string ConfigKey => SamCheckpoint.ConfigKey;

    /// <inheritdoc/>
    public override string Cure => "Known are SAMs of any size and their image encoders alone, with the names of the original "
        + "or of Hugging Face: use such a checkpoint, whole.";

    /// <inheritdoc/>
    public override bool Claims(KeyTable table) => FindNaming(table) is not null;

    /// <inheritdoc/>
    public override bool ClaimsConfig(IReadOnlySet<string> keys) => keys.Contains("decoder_heads");

    /// <inheritdoc/>
    public override KeyNaming? FindNaming(KeyTable table) => SamNaming.Find(table);

    /// <inheritdoc/>
    public override SamCheckpoint Open(TensorSource source, bool ignoreUnexpected) =>
        new(Recognise(source, ignoreUnexpected));

    /// <inheritdoc/>
    public override KeyNaming NamingOf(ModelConfig config, bool huggingFace) => SamNaming.WholeModel("", huggingFace);

    /// <inheritdoc/>
    public override IEnumerable<NearModel> NearModels(KeyTable table, KeyNaming? naming)
    {
        TensorSource source = table.Source;
        string wrapper = source.Tensors.IsEmpty ? "" : KeyNaming.WrapperOf(KeyTable.KeyOf(source.Tensors[0]));
        ImmutableArray<SamNaming> namings = naming is SamNaming known
            ? [known]
            : [SamNaming.WholeModel(wrapper, huggingFace: false), SamNaming.WholeModel(wrapper, huggingFace: true)];
        return published.SelectMany(model => namings.Select(names => new NearModel(
            table,
            names.HasDecoder(table) ? model.Name : $"the encoder of {model.Name}",
            names,
            Layout(model.Config, table, names))));
    }

    /// <inheritdoc/>
    protected override SamConfig Parse(string json, string source) => SamConfig.Parse(json, source);

    /// <summary>
    /// The numbers of a tensor or a decoder that is not there, and the decoder's heads, are those of the published models.
    /// </summary>
    protected override SamConfig? ReadShapes(KeyTable table, KeyNaming naming)
    {
        TensorSides sides = TensorSides.Of(table, naming);
        VitShapes encoder = new(sides, ((SamNaming)naming).CountBlocks(table));
        if (encoder.Read(SamConfig.VitB) is not { } config)
        {
            return null;
        }

        int maskInChans = TensorSides.Majority(
            sides[$"{Downscaling}3.weight", 0], sides[$"{Downscaling}4.weight", 0], sides[$"{Downscaling}6.weight", 1]);
        int mlpDim = TensorSides.Majority(
            sides[$"{DecoderMlp}lin1.weight", 0], sides[$"{DecoderMlp}lin1.bias", 0], sides[$"{DecoderMlp}lin2.weight", 1]);
        int iouHidden = TensorSides.Majority(
            sides[$"{IouHead}0.weight", 0], sides[$"{IouHead}0.bias", 0], sides[$"{IouHead}1.weight", 0]);
        return config with
        {
            PromptEmbedDim = encoder.NeckChannels,
            MaskInChans = maskInChans == 0 ? config.MaskInChans : maskInChans,
            DecoderMlpDim = mlpDim == 0 ? config.DecoderMlpDim : mlpDim,
            IouHeadHiddenDim = iouHidden == 0 ? config.IouHeadHiddenDim : iouHidden,
        };
    }

    /// <inheritdoc/>
    protected override ImmutableArray<LayoutTensor> Layout(SamConfig config, KeyTable table, KeyNaming naming)
    {
        SamLayout layout = new(config);
        return ((SamNaming)naming).HasDecoder(table) ? layout.Tensors : layout.Encoder;
    }

    /// <summary>The shapes show neither heads nor seed.</summary>
    protected override SamConfig Complete(SamConfig shown, SamConfig stated) =>
        shown with { DecoderHeads = stated.DecoderHeads, Seed = stated.Seed };

    /// <summary>The usual name of a published model, whatever its seed.</summary>
    protected override string Name(SamConfig config) =>
        published.FirstOrDefault(model => model.Config == config with { Seed = null }).Name
            ?? $"the SAM of width {config.EmbedDim} and depth {config.Depth}";
}
