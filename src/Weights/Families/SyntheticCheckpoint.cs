using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SamNative.Weights;

/// <summary>
/// A checkpoint whose weights are a formula of name, position and seed: for tests and measurements without a
/// download. Activations stay healthy through all blocks; masks mean nothing. Values are made as they are read.
/// </summary>
/// <remarks>
/// The bits of value i of a tensor come from SplitMix64 at position i + 1 of a stream that starts at
/// FNV-1a-64(name) XOR seed; the upper 24 become r in [-1, 1), and the value is r * scale + offset, every operation
/// rounded to float. Scale and offset depend on what the tensor is for, see <see cref="SyntheticScale"/>.
/// </remarks>
public sealed class SyntheticCheckpoint : TensorSource
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private readonly ulong seed;
    private readonly ModelFamily family;

    /// <summary>What the formula calls a tensor, by its name here.</summary>
    private readonly FrozenDictionary<string, string> canonical;

    /// <summary>Describes the checkpoint of a model; <see cref="ModelConfig.Seed"/> counts, 0 where it is null.</summary>
    /// <exception cref="CheckpointException">The configuration is impossible.</exception>
    public SyntheticCheckpoint(ModelConfig config)
        : this(config, config.Layout(), name => name, Describe(config))
    {
    }

    /// <summary>The same values under the names that others use, and nothing in the metadata: as their files are.</summary>
    /// <inheritdoc cref="SyntheticCheckpoint(ModelConfig)" path="/exception"/>
    internal SyntheticCheckpoint(ModelConfig config, KeyNaming naming)
        : this(config, config.Layout(), name => naming.NamesInFile(name)[0], new(StringComparer.Ordinal) { ["format"] = "pt" })
    {
    }

    private SyntheticCheckpoint(
        ModelConfig config, ImmutableArray<LayoutTensor> layout, Func<string, string> nameOf,
        OrderedDictionary<string, string> metadata)
        : base($"<synthetic, seed {config.Seed ?? 0}>", List(layout, nameOf), metadata)
    {
        (seed, family) = (config.Seed ?? 0, config.Family);
        canonical = layout.ToFrozenDictionary(tensor => nameOf(tensor.Name), tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override string Format => "synthetic";

    /// <summary>SHA-256 of the safetensors file that holds this checkpoint, see <see cref="ToWriter"/>.</summary>
    public override string ComputeSha256(CancellationToken cancellation = default)
    {
        ThrowIfDisposed();
        using SHA256 hash = SHA256.Create();
        using (CryptoStream stream = new(Stream.Null, hash, CryptoStreamMode.Write))
        {
            ToWriter().Save(stream, cancellation: cancellation);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    /// <summary>Everything that the safetensors file of this checkpoint holds.</summary>
    public SafetensorsWriter ToWriter()
    {
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in Metadata)
        {
            writer.AddMetadata(key, value);
        }

        foreach (TensorInfo tensor in Tensors)
        {
            writer.Add(tensor.Name, this, tensor);
        }

        return writer;
    }

    /// <inheritdoc/>
    protected override void ReadCore(
        TensorInfo tensor, long start, Span<byte> destination, CancellationToken cancellation)
    {
        string name = canonical[tensor.Name];
        ulong key = Hash(name) ^ seed;
        SyntheticScale scale = family.ScaleOf(name, tensor.Shape);
        Generate(
            key + ((ulong)(start / sizeof(float)) * Step), scale.Factor, scale.Offset,
            MemoryMarshal.Cast<byte, float>(destination));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Generate(ulong state, float scale, float offset, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            state += Step;
            ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;

            // SplitMix64 ends with z ^= z >> 31, which leaves the upper bits as they are.
            float r = ((int)(z >> 40) * (1f / (1 << 23))) - 1f;
            destination[i] = (r * scale) + offset;
        }
    }

    /// <summary>FNV-1a over the UTF-8 bytes.</summary>
    private static ulong Hash(string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return hash;
    }

    private static ImmutableArray<TensorInfo> List(
        ImmutableArray<LayoutTensor> layout, Func<string, string> nameOf)
    {
        ImmutableArray<TensorInfo>.Builder tensors = ImmutableArray.CreateBuilder<TensorInfo>();
        long offset = 0;
        foreach (LayoutTensor tensor in layout)
        {
            tensors.Add(new TensorInfo(nameOf(tensor.Name), TensorDtype.F32, tensor.Shape, offset));
            offset += tensors[^1].ByteLength;
        }

        return tensors.ToImmutable();
    }

    private static OrderedDictionary<string, string> Describe(ModelConfig config) => new(StringComparer.Ordinal)
    {
        ["format"] = "pt",
        [config.Family.ConfigKey] = (config with { Seed = config.Seed ?? 0 }).ToJson(),
    };
}
