using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Checkpoints of every kind as files of our own.</summary>
public sealed class CheckpointConverterTests
{
    private const string Encoder = "image_encoder.";

    /// <summary>The files that hold the model of torch_files.json, whole or its encoder.</summary>
    public static TheoryData<string> GoodFiles()
    {
        using JsonDocument json = Configs.TorchFiles();
        return
        [
            .. json.RootElement.GetProperty("files").EnumerateObject()
                .Where(file => !file.Value.GetString()!.Contains("refused", StringComparison.Ordinal))
                .Select(file => file.Name),
        ];
    }

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Every_value_of_every_kind_of_file_arrives(string name)
    {
        using TensorSource source = TorchFiles.Open(name);
        using TensorSource converted = Convert(SamCheckpoint.Open(source));
        CheckpointVerification found = CheckpointVerification.Of(converted);

        Assert.Empty(found.Problems);
        Assert.Equal(ExpectedHashes(found), Hashes(found));
        Assert.Equal(name.StartsWith("encoder_only", StringComparison.Ordinal), !found.Checkpoint!.HasDecoder);
        Assert.DoesNotContain(converted.Tensors, tensor => tensor.Dtype == TensorDtype.F64);
        Assert.Equal(name, converted.Metadata[CheckpointConverter.SourceNameKey]);
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_and_these()
    {
        using TensorSource source = TorchFiles.Open("hf_keys.safetensors");
        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        byte[] once = Save(new CheckpointConverter(checkpoint) { License = "Apache-2.0" }, source);
        byte[] again = Save(new CheckpointConverter(checkpoint) { License = "Apache-2.0" }, source);

        Assert.Equal(once, again);
        using SafetensorsFile file = SafetensorsFile.Open(once);
        Assert.Equal(
            ["format", "source_name", "source_sha256", "converter", "license", "sam.config"], file.Metadata.Keys);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("hf_keys.safetensors", file.Metadata["source_name"]);
        Assert.Equal(
            System.Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(source.Name))), file.Metadata["source_sha256"]);
        Assert.Matches(@"^samnative \d+\.\d+\.\d+$", file.Metadata["converter"]);
        Assert.Equal("Apache-2.0", file.Metadata["license"]);
        Assert.Equal(checkpoint.Config, SamConfig.Parse(file.Metadata["sam.config"], "test"));
        Assert.Equal(file.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal), file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(0, file.Tensors[0].Offset % 8);
    }

    [Fact]
    public void What_the_source_says_of_itself_is_kept()
    {
        using SafetensorsFile demo = SafetensorsFile.Open(ReferenceData.Find("demo.safetensors"));
        SamCheckpoint checkpoint = SamCheckpoint.Open(demo);

        using SafetensorsFile file = SafetensorsFile.Open(
            Save(new CheckpointConverter(checkpoint) { License = "of no effect" }, demo));

        Assert.Equal(demo.Metadata["license"], file.Metadata["license"]);
        Assert.Equal(demo.Metadata["description"], file.Metadata["description"]);
        Assert.Equal(demo.Metadata["sam.everything"], SamCheckpoint.Open(file).Everything);
        Assert.Equal(checkpoint.Config, SamCheckpoint.Open(file).Config);
        Assert.All(file.Tensors, tensor => Assert.Equal(TensorDtype.F16, tensor.Dtype));
    }

    [Theory]
    [InlineData(TensorDtype.F32)]
    [InlineData(TensorDtype.F16)]
    [InlineData(TensorDtype.BF16)]
    public void Values_are_rounded_once_and_wider_ones_are_kept(TensorDtype dtype)
    {
        using SyntheticCheckpoint source = new(Configs.Tiny);
        using SafetensorsFile file = SafetensorsFile.Open(
            Save(new CheckpointConverter(SamCheckpoint.Open(source)) { Dtype = dtype }, source));

        foreach (TensorInfo tensor in file.Tensors)
        {
            Assert.Equal(dtype, tensor.Dtype);
            Assert.True(source.TryGet(tensor.Name, out TensorInfo? original));
            Assert.Equal(Rounded(Values(source, original!), dtype), Values(file, tensor));
        }
    }

    [Fact]
    public void The_encoder_alone_is_a_file_of_its_own()
    {
        using SyntheticCheckpoint source = new(Configs.Tiny);
        CheckpointConverter converter = new(SamCheckpoint.Open(source)) { EncoderOnly = true };
        using SafetensorsFile file = SafetensorsFile.Open(Save(converter, source));
        SamCheckpoint encoder = SamCheckpoint.Open(file);

        Assert.False(encoder.HasDecoder);
        Assert.Equal(Configs.Tiny, encoder.Config);
        Assert.Equal(
            new SamLayout(Configs.Tiny).Encoder.Select(tensor => tensor.Name),
            encoder.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(encoder.Tensors.Length, file.Tensors.Length);
        Assert.Equal(encoder.Tensors.Length, converter.Tensors.Length);
    }

    [Theory]
    [InlineData(TensorDtype.F16, 65520f, "BF16 or F32")]
    [InlineData(TensorDtype.BF16, float.MaxValue, "F32")]
    public void A_value_too_large_is_named_with_the_cure(TensorDtype dtype, float value, string cure)
    {
        const string Name = "mask_decoder.iou_token.weight";
        using TensorSource source = WithValue(Name, 3, value);

        OverflowException error = Assert.Throws<OverflowException>(
            () => Save(new CheckpointConverter(SamCheckpoint.Open(source)) { Dtype = dtype }, source));

        Assert.Contains($"\"{Name}\"", error.Message, StringComparison.Ordinal);
        Assert.Contains(" at 3 ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"Store the tensor as {cure}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(double.NegativeInfinity)]
    public void A_double_too_large_for_float_is_refused(double value)
    {
        double[] doubles = [1, 2, value];
        SafetensorsWriter wide = new();
        wide.AddBytes("x", [3], MemoryMarshal.AsBytes(doubles.AsSpan()).ToArray(), TensorDtype.F64);
        using SafetensorsFile file = SafetensorsFile.Open(Bytes(wide));
        SafetensorsWriter narrow = new();
        narrow.Add("x", file, file.Tensors[0], TensorDtype.F32);

        OverflowException error = Assert.Throws<OverflowException>(() => Bytes(narrow));

        Assert.Contains("the value at 2 is infinite, or too large for F32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Converting_takes_little_memory_whatever_the_size()
    {
        Costly.SkipWhileMutating();
        using SyntheticCheckpoint source = new(SamConfig.VitB with { Depth = 4, GlobalAttnIndexes = [2] });
        SamCheckpoint checkpoint = SamCheckpoint.Open(source);
        long bytes = source.Tensors.Sum(tensor => tensor.ByteLength);
        Assert.InRange(bytes, 100_000_000, 250_000_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        new CheckpointConverter(checkpoint) { Dtype = TensorDtype.F16 }.ToWriter("").Save(Stream.Null);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 4_000_000);
    }

    [Fact]
    public void Progress_ends_at_one()
    {
        using SyntheticCheckpoint source = new(Configs.Tiny);
        List<double> seen = [];

        new CheckpointConverter(SamCheckpoint.Open(source)).ToWriter("").Save(Stream.Null, new Note(seen));

        Assert.Equal(source.Tensors.Length, seen.Count);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1]);
    }

    private static Dictionary<string, string> Hashes(CheckpointVerification found) =>
        found.Tensors.ToDictionary(tensor => tensor.CanonicalName!, tensor => tensor.Sha256!);

    /// <summary>The hashes of torch_files.json, or of its values rounded to what the file holds.</summary>
    private static Dictionary<string, string> ExpectedHashes(CheckpointVerification found)
    {
        using SafetensorsFile exact = SafetensorsFile.Open(ReferenceData.Find("torch_files/original_keys.safetensors"));
        using JsonDocument json = Configs.TorchFiles();
        Dictionary<string, string> expected = [];
        foreach (JsonProperty tensor in json.RootElement.GetProperty("tensors").EnumerateObject())
        {
            if (tensor.Name.StartsWith(Encoder, StringComparison.Ordinal) || found.Checkpoint!.HasDecoder)
            {
                TensorDtype dtype = found.Checkpoint!.Find(tensor.Name).Dtype;
                exact.TryGet(tensor.Name, out TensorInfo? original);
                float[] values = Rounded(Values(exact, original!), dtype);
                string hash = System.Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
                Assert.True(dtype != TensorDtype.F32 || hash == tensor.Value.GetProperty("sha256").GetString());
                expected.Add(tensor.Name, hash);
            }
        }

        return expected;
    }

    private static float[] Values(TensorSource source, TensorInfo tensor)
    {
        float[] values = new float[tensor.ElementCount];
        source.Read(tensor, values);
        return values;
    }

    private static float[] Rounded(float[] values, TensorDtype dtype) => dtype switch
    {
        TensorDtype.F16 => Array.ConvertAll(values, value => (float)(Half)value),
        TensorDtype.BF16 => Array.ConvertAll(values, ToBFloat16),
        _ => values,
    };

    /// <summary>Rounded to eight bits of precision, halves to even.</summary>
    private static float ToBFloat16(float value)
    {
        double step = value == 0 ? 1 : Math.ScaleB(1, Math.ILogB(value) - 7);
        return (float)(Math.Round(value / step, MidpointRounding.ToEven) * step);
    }

    /// <summary>The tiny model with another value at one place, in memory.</summary>
    internal static SafetensorsFile WithValue(string name, int index, float value)
    {
        using SyntheticCheckpoint tiny = new(Configs.Tiny);
        SafetensorsWriter writer = new();
        foreach (TensorInfo tensor in tiny.Tensors)
        {
            float[] values = Values(tiny, tensor);
            if (tensor.Name == name)
            {
                values[index] = value;
            }

            writer.Add(tensor.Name, tensor.Shape.AsSpan(), values);
        }

        return SafetensorsFile.Open(Bytes(writer));
    }

    private static SafetensorsFile Convert(SamCheckpoint checkpoint) =>
        SafetensorsFile.Open(Save(new CheckpointConverter(checkpoint), checkpoint.Source));

    private static byte[] Save(CheckpointConverter converter, TensorSource source) =>
        Bytes(converter.ToWriter(source.ComputeSha256()));

    private static byte[] Bytes(SafetensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Save(stream);
        return stream.ToArray();
    }

    private sealed class Note(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
