namespace SamNative.Weights;

/// <summary>
/// A file of weights understood as the visual tower of a document model: SAM's image encoder and the convolutions behind it.
/// Tensors have the names of the original SAM (<c>image_encoder.…</c>) and of Vary (<c>net_2.weight</c>,
/// <c>net_3.weight</c>); those of a second path are <c>neck_hd.…</c> and <c>alpha</c>. The language model that most of these
/// files hold besides is counted, and not touched.
/// </summary>
public sealed class TowerCheckpoint : ModelCheckpoint
{
    /// <summary>The metadata key of the tower's configuration, see <see cref="TowerConfig"/>.</summary>
    public const string ConfigKey = "tower.config";

    internal TowerCheckpoint(Recognised<TowerConfig> found)
        : base(found.Source, found.Naming, found.Match, [])
    {
        Config = found.Config;
    }

    /// <inheritdoc/>
    public override TowerConfig Config { get; }

    /// <summary>Recognises a tower by its keys and shapes, before any weights are read.</summary>
    /// <inheritdoc cref="ModelCheckpoint.Open" path="/param"/>
    /// <exception cref="CheckpointException">
    /// There is no whole tower in the file, or more than one; the message names every key that does not fit.
    /// </exception>
    public static new TowerCheckpoint Open(TensorSource source, bool ignoreUnexpected = false) =>
        TowerFamily.Instance.Open(source, ignoreUnexpected);
}
