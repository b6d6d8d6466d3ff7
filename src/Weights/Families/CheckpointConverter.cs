using System.Collections.Immutable;
using System.Reflection;

namespace SamNative.Weights;

/// <summary>
/// Makes safetensors files of checkpoints: the original's keys, wrappers undone, and metadata that says where the weights
/// come from. The same input gives the same bytes. Values are read while they are written, in small pieces.
/// </summary>
/// <param name="checkpoint">What to convert; its source must be open until the file is written.</param>
public sealed class CheckpointConverter(ModelCheckpoint checkpoint)
{
    /// <summary>The metadata key of the name of the file that was converted, without its folder.</summary>
    public const string SourceNameKey = "source_name";

    /// <summary>The metadata key of that file's SHA-256.</summary>
    public const string SourceHashKey = "source_sha256";

    /// <summary>The metadata key of the program that converted, and its version.</summary>
    public const string ConverterKey = "converter";

    /// <summary>The metadata key of the weights' licence, an SPDX identifier.</summary>
    public const string LicenseKey = "license";

    /// <summary>
    /// The type to store: F32, F16 or BF16. Where it is null every tensor keeps its own; F64, which no part of the engine
    /// computes in, becomes F32.
    /// </summary>
    public TensorDtype? Dtype { get; init; }

    /// <summary>Whether to keep the image encoder alone: no prompts, no masks, nothing behind a tower's encoder.</summary>
    public bool EncoderOnly { get; init; }

    /// <summary>The licence of the weights where the file itself does not say it; null where it is not known.</summary>
    public string? License { get; init; }

    /// <summary>The tensors of the new file, under the original's keys.</summary>
    public ImmutableArray<LayoutTensor> Tensors => EncoderOnly
        ? [.. checkpoint.Tensors.Where(IsOfEncoder)]
        : checkpoint.Tensors;

    /// <summary>Everything that the new file holds.</summary>
    /// <param name="sourceSha256">The SHA-256 of the source, see <see cref="TensorSource.ComputeSha256"/>.</param>
    /// <exception cref="ArgumentException"><see cref="Dtype"/> is none that can be written.</exception>
    public SafetensorsWriter ToWriter(string sourceSha256)
    {
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in Metadata(sourceSha256))
        {
            writer.AddMetadata(key, value);
        }

        foreach (LayoutTensor tensor in Tensors)
        {
            TensorInfo stored = checkpoint.Find(tensor.Name);
            TensorDtype own = stored.Dtype == TensorDtype.F64 ? TensorDtype.F32 : stored.Dtype;
            writer.Add(tensor.Name, checkpoint.Source, stored, Dtype ?? own);
        }

        return writer;
    }

    private static bool IsOfEncoder(LayoutTensor tensor) =>
        tensor.Name.StartsWith(VitNames.Encoder, StringComparison.Ordinal);

    /// <summary>What the file says of itself; whatever else the source says is kept behind it.</summary>
    private OrderedDictionary<string, string> Metadata(string sourceSha256)
    {
        OrderedDictionary<string, string> metadata = new(StringComparer.Ordinal)
        {
            ["format"] = "pt",
            [SourceNameKey] = Path.GetFileName(checkpoint.Source.Name),
            [SourceHashKey] = sourceSha256,
            [ConverterKey] = $"samnative {Version()}",
        };
        if (License is not null)
        {
            metadata[LicenseKey] = License;
        }

        // A tower's encoder alone is no tower; a SAM's says which decoder it belongs to.
        string? left = EncoderOnly && checkpoint is TowerCheckpoint ? TowerCheckpoint.ConfigKey : null;
        if (left is null)
        {
            metadata[checkpoint.Config.Family.ConfigKey] = checkpoint.Config.ToJson();
        }

        foreach ((string key, string value) in checkpoint.Source.Metadata.Where(pair => pair.Key != left))
        {
            if (key == LicenseKey)
            {
                metadata[key] = value;
            }
            else
            {
                metadata.TryAdd(key, value);
            }
        }

        return metadata;
    }

    /// <summary>The version without the commit: two builds of one version write the same bytes.</summary>
    private static string Version() => typeof(CheckpointConverter).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
