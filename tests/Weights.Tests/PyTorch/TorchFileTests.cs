using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Files really written by torch.save: good, odd and hostile.</summary>
public sealed class TorchFileTests
{
    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("double")]
    [InlineData("wrapped_model")]
    [InlineData("ddp")]
    [InlineData("micro_sam")]
    [InlineData("shared_storage")]
    [InlineData("transposed")]
    [InlineData("parameters")]
    [InlineData("protocol4")]
    [InlineData("training")]
    public void Every_value_is_the_one_that_was_written(string name)
    {
        using TensorSource file = Open(name);

        TorchFiles.AssertHoldsEveryValue(SamCheckpoint.Open(file));

        Assert.Equal(file.Tensors.OrderBy(tensor => tensor.Offset), file.Tensors);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(PathOf(name)))), file.ComputeSha256());
    }

    [Fact]
    public void A_file_in_double_says_so()
    {
        using TensorSource file = Open("double");

        Assert.All(file.Tensors, tensor => Assert.Equal(TensorDtype.F64, tensor.Dtype));
    }

    [Fact]
    public void A_file_in_half_holds_the_rounded_values()
    {
        AssertRounded("half", TensorDtype.F16, value => (float)(Half)value);
    }

    [Fact]
    public void A_file_in_bfloat16_holds_the_values_of_its_safetensors_twin()
    {
        using SafetensorsFile twin = SafetensorsFile.Open(ReferenceData.Find("torch_files/bfloat16.safetensors"));
        using TensorSource file = Open("bfloat16");

        Assert.Equal(Listing(twin), Listing(file));
        foreach (TensorInfo tensor in twin.Tensors)
        {
            Assert.True(file.TryGet(tensor.Name, out TensorInfo? found));
            Assert.Equal(Bytes(twin, tensor), Bytes(file, found));
        }
    }

    [Fact]
    public void The_encoder_alone_has_the_encoders_values()
    {
        using TensorSource file = Open("encoder_only");
        using JsonDocument json = Configs.TorchFiles();
        SamCheckpoint checkpoint = SamCheckpoint.Open(file);

        Assert.False(checkpoint.HasDecoder);
        Assert.All(checkpoint.Tensors, tensor => Assert.Equal(
            json.RootElement.GetProperty("tensors").GetProperty(tensor.Name).GetProperty("sha256").GetString(),
            TorchFiles.Hash(TorchFiles.Read(checkpoint, tensor.Name))));
    }

    [Theory]
    [InlineData("zip", "original_keys")]
    [InlineData("legacy", "original_keys")]
    public void The_table_of_contents_is_that_of_the_safetensors_twin(string name, string twinName)
    {
        using SafetensorsFile twin = SafetensorsFile.Open(ReferenceData.Find($"torch_files/{twinName}.safetensors"));
        using TensorSource file = Open(name);

        Assert.Equal(Listing(twin), Listing(file));
    }

    [Theory]
    [InlineData("whole_module", PyTorchError.ForbiddenGlobal, "\"torch.nn.modules.linear.Linear\"")]
    [InlineData("evil_system", PyTorchError.ForbiddenGlobal, "\"posix.system\"")]
    [InlineData("evil_eval", PyTorchError.ForbiddenGlobal, "\"__builtin__.eval\"")]
    public void What_is_more_than_tensors_is_refused_by_name_and_nothing_runs(string name, PyTorchError code, string named)
    {
        PyTorchException error = Assert.Throws<PyTorchException>(() => Open(name));

        Assert.Equal(code, error.Code);
        Assert.StartsWith($"{PathOf(name)}, byte {error.ByteOffset}: ", error.Message);
        Assert.Contains(named, error.Message);
        Assert.Contains("nothing was run", error.Message);
        Assert.Contains("torch.save(model.state_dict(), path)", error.Message);
        Assert.InRange(error.ByteOffset, 64, new FileInfo(PathOf(name)).Length);
        Assert.False(File.Exists("pwned"), "the file's command was run");
    }

    [Theory]
    [InlineData("missing_key", "missing mask_decoder.iou_token.weight")]
    [InlineData("wrong_shape", "image_encoder.neck.1.weight, expected [32], found [7]")]
    public void A_checkpoint_that_does_not_fit_names_the_key(string name, string named)
    {
        using TensorSource file = Open(name);

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(file));

        Assert.Equal(CheckpointError.KeyMismatch, error.Code);
        Assert.StartsWith(PathOf(name), error.Message);
        Assert.Contains(named, error.Message);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("half")]
    [InlineData("bfloat16")]
    [InlineData("double")]
    [InlineData("protocol4")]
    [InlineData("encoder_only")]
    public void Records_are_where_the_runtimes_own_zip_reader_finds_them(string name)
    {
        using TensorSource file = Open(name);
        using ZipArchive archive = ZipFile.OpenRead(PathOf(name));

        // Each tensor of these files has a storage of its own.
        IEnumerable<string> expected = archive.Entries
            .Where(entry => entry.FullName.StartsWith($"{name}/data/", StringComparison.Ordinal))
            .Select(entry => Convert.ToHexStringLower(SHA256.HashData(Content(entry))))
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            expected,
            file.Tensors.Select(tensor => Convert.ToHexStringLower(SHA256.HashData(Bytes(file, tensor)))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Eight_threads_read_slices_of_one_file()
    {
        using TensorSource file = Open("transposed");
        using TensorSource plain = Open("zip");
        float[][] expected = [.. plain.Tensors.Select(tensor => ReadAll(plain, tensor))];
        string[] names = [.. plain.Tensors.Select(tensor => tensor.Name)];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() =>
        {
            Random random = new(seed);
            for (int i = 0; i < 500; i++)
            {
                int which = random.Next(names.Length);
                Assert.True(file.TryGet(names[which], out TensorInfo? tensor));
                int first = random.Next((int)tensor.ElementCount);
                float[] slice = new float[random.Next((int)tensor.ElementCount - first + 1)];
                file.ReadSlice(tensor, first, slice);
                Assert.Equal(expected[which][first..(first + slice.Length)], slice);
            }
        })));
    }

    private static string PathOf(string name) => TorchFiles.PathOf($"{name}.pth");

    private static TensorSource Open(string name) => CheckpointFile.Open(PathOf(name));

    private static void AssertRounded(string name, TensorDtype dtype, Func<float, float> round)
    {
        using TensorSource file = Open(name);
        using TensorSource exact = Open("zip");
        foreach (TensorInfo tensor in exact.Tensors)
        {
            Assert.True(file.TryGet(tensor.Name, out TensorInfo? found));
            Assert.Equal(dtype, found.Dtype);
            Assert.Equal(ReadAll(exact, tensor).Select(round), ReadAll(file, found));
        }
    }

    private static IEnumerable<string> Listing(TensorSource source) =>
        source.Tensors.Select(tensor => tensor.ToString()).Order(StringComparer.Ordinal);

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static byte[] Bytes(TensorSource source, TensorInfo tensor)
    {
        byte[] bytes = new byte[tensor.ByteLength];
        source.ReadBytes(tensor, bytes);
        return bytes;
    }

    private static float[] ReadAll(TensorSource source, TensorInfo tensor)
    {
        float[] values = new float[tensor.ElementCount];
        source.Read(tensor, values);
        return values;
    }
}
