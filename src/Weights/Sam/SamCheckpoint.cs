namespace SamNative.Weights;

/// <summary>A file of weights understood as a SAM, or as its image encoder alone.</summary>
public sealed class SamCheckpoint : ModelCheckpoint
{
    /// <summary>The metadata key of the model's configuration, see <see cref="SamConfig"/>.</summary>
    public const string ConfigKey = "sam.config";

    /// <summary>The metadata key of the model's own defaults for automatic masks.</summary>
    public const string EverythingKey = "sam.everything";

    internal SamCheckpoint(Recognised<SamConfig> found)
        : base(found.Source, found.Naming, found.Match, Assumptions(found))
    {
        Config = found.Config;
    }

    /// <summary>
    /// The model's numbers: those of the metadata, which must agree with the shapes, or else those the shapes show.
    /// Where the file holds the encoder alone and no such metadata, the decoder's numbers are ViT-B's.
    /// </summary>
    public override SamConfig Config { get; }

    /// <inheritdoc/>
    public override bool HasDecoder => HasTensor(SamLayout.PositionMatrix);

    /// <summary>The model's own defaults for automatic masks: JSON as it stands in the metadata, or null.</summary>
    public string? Everything => Source.Metadata.GetValueOrDefault(EverythingKey);

    /// <summary>Recognises a checkpoint by its keys and shapes, before any weights are read.</summary>
    /// <inheritdoc cref="ModelCheckpoint.Open" path="/param"/>
    /// <exception cref="CheckpointException">
    /// It is neither a whole SAM nor a whole image encoder; the message names every key that does not fit.
    /// </exception>
    public static new SamCheckpoint Open(TensorSource source, bool ignoreUnexpected = false) =>
        SamFamily.Instance.Open(source, ignoreUnexpected);

    private static IEnumerable<string> Assumptions(Recognised<SamConfig> found)
    {
        SamConfig config = found.Config;
        if (!found.Match.Tensors.ContainsKey(SamLayout.PositionMatrix))
        {
            yield return "The file holds the image encoder alone: there are no prompts and no masks.";
        }
        else if (!found.IsStated && config.PromptEmbedDim != SamConfig.VitB.PromptEmbedDim)
        {
            yield return $"The decoder is taken to have {config.DecoderHeads} heads, as every published SAM has; "
                + $"metadata {ConfigKey} would say it.";
        }
    }
}
