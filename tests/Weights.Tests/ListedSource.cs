using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>A file that is only its table of contents; every value is zero unless said otherwise.</summary>
internal sealed class ListedSource : TensorSource
{
    private readonly Dictionary<string, byte> fill = new(StringComparer.Ordinal);
    private string? broken;

    public ListedSource(IEnumerable<(string Name, long[] Shape)> tensors, params (string Key, string Value)[] metadata)
        : this(tensors.Select(tensor => new TensorInfo(tensor.Name, TensorDtype.F32, [.. tensor.Shape], 0)), metadata)
    {
    }

    public ListedSource(IEnumerable<TensorInfo> tensors, params (string Key, string Value)[] metadata)
        : base("listed.safetensors", [.. tensors], metadata.ToDictionary(pair => pair.Key, pair => pair.Value))
    {
    }

    /// <summary>Lets every read of a tensor fail.</summary>
    public ListedSource Break(string name)
    {
        broken = name;
        return this;
    }

    public override string Format => "listed";

    /// <summary>The tensors of a model under the original's names, in front of which something may stand.</summary>
    public static List<(string Name, long[] Shape)> Model(SamConfig config, string wrapper = "") =>
        [.. new SamLayout(config).Tensors.Select(tensor => (wrapper + tensor.Name, tensor.Shape.ToArray()))];

    /// <summary>The tensors of a model's encoder, with the given text in place of <c>image_encoder.</c>.</summary>
    public static List<(string Name, long[] Shape)> Encoder(SamConfig config, string prefix) =>
    [
        .. new SamLayout(config).Encoder.Select(tensor =>
            (prefix + tensor.Name["image_encoder.".Length..], tensor.Shape.ToArray())),
    ];

    /// <summary>The error that a file of these tensors is refused with.</summary>
    public static CheckpointException Refuse(IEnumerable<(string Name, long[] Shape)> tensors)
    {
        using ListedSource source = new(tensors);
        return Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));
    }

    /// <summary>Sets every byte of a tensor.</summary>
    public ListedSource Fill(string name, byte value)
    {
        fill[name] = value;
        return this;
    }

    public override string ComputeSha256(CancellationToken cancellation = default) => "";

    protected override void ReadCore(
        TensorInfo tensor, long start, Span<byte> destination, CancellationToken cancellation)
    {
        if (tensor.Name == broken)
        {
            throw new IOException("The disk fails.");
        }

        destination.Fill(fill.GetValueOrDefault(tensor.Name));
    }
}
