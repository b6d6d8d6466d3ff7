using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class SyntheticCheckpointTests
{
    [Theory]
    [InlineData("tiny.checkpoint.json")]
    [InlineData("vit_b.checkpoint.json")]
    public void Sums_and_squares_are_those_of_the_reference(string reference)
    {
        if (reference.StartsWith("vit_b", StringComparison.Ordinal))
        {
            Costly.SkipWhileMutating();
        }

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(ReferenceData.Find(reference)));
        SamConfig config = SamConfig.Parse(json.RootElement.GetProperty("config").GetRawText(), reference);
        using SyntheticCheckpoint checkpoint = new(config);
        float[] values = new float[checkpoint.Tensors.Max(tensor => tensor.ElementCount)];

        foreach (TensorInfo tensor in checkpoint.Tensors)
        {
            JsonElement expected = json.RootElement.GetProperty("tensors").GetProperty(tensor.Name);
            Assert.Equal(expected[0].EnumerateArray().Select(side => side.GetInt64()), tensor.Shape);
            Span<float> own = values.AsSpan(0, (int)tensor.ElementCount);
            checkpoint.Read(tensor, own);
            (double sum, double magnitude, double squares) = Sums(own);

            // A sum of mixed signs is as exact as its terms are large, not as it is itself.
            Assert.InRange(Math.Abs(sum - expected[1].GetDouble()), 0, 1e-12 * magnitude);
            Assert.InRange(Math.Abs(squares - expected[2].GetDouble()), 0, 1e-12 * squares);
        }
    }

    [Fact]
    public void Every_value_is_that_of_the_files_written_by_torch()
    {
        using JsonDocument json = Configs.TorchFiles();
        using SyntheticCheckpoint checkpoint = new(Configs.Torch);

        Assert.Equal(174, checkpoint.Tensors.Length);
        Assert.All(checkpoint.Tensors, tensor => Assert.Equal(
            json.RootElement.GetProperty("tensors").GetProperty(tensor.Name).GetProperty("sha256").GetString(),
            Hash(checkpoint, tensor)));
    }

    [Fact]
    public void Another_seed_gives_other_weights_and_none_is_zero()
    {
        using SyntheticCheckpoint none = new(Configs.Tiny with { Seed = null });
        using SyntheticCheckpoint zero = new(Configs.Tiny with { Seed = 0 });
        using SyntheticCheckpoint one = new(Configs.Tiny with { Seed = 1 });

        Assert.Equal(Hash(zero, zero.Tensors[0]), Hash(none, none.Tensors[0]));
        Assert.NotEqual(Hash(zero, zero.Tensors[0]), Hash(one, one.Tensors[0]));
        Assert.Equal(zero.ComputeSha256(), none.ComputeSha256());
        Assert.Equal("<synthetic, seed 1>", one.Name);
    }

    [Fact]
    public void Tensors_lie_one_behind_the_other()
    {
        using SyntheticCheckpoint checkpoint = new(Configs.Tiny);

        Assert.Equal(0, checkpoint.Tensors[0].Offset);
        Assert.All(checkpoint.Tensors.Zip(checkpoint.Tensors.Skip(1)), pair =>
            Assert.Equal(pair.First.Offset + pair.First.ByteLength, pair.Second.Offset));
    }

    [Fact]
    public void A_slice_is_made_without_what_is_before_it()
    {
        using SyntheticCheckpoint checkpoint = new(Configs.Tiny);
        TensorInfo tensor = checkpoint.Tensors[1];
        float[] whole = new float[tensor.ElementCount];
        float[] slice = new float[1000];
        byte[] bytes = new byte[tensor.ByteLength];

        checkpoint.Read(tensor, whole);
        checkpoint.ReadSlice(tensor, 12_345, slice);
        checkpoint.ReadBytes(tensor, bytes);

        Assert.Equal(whole.AsSpan(12_345, 1000).ToArray(), slice);
        Assert.Equal(MemoryMarshal.AsBytes(whole.AsSpan()).ToArray(), bytes);
    }

    [Fact]
    public void Its_hash_is_that_of_its_file_which_is_recognised_as_its_model()
    {
        using SyntheticCheckpoint checkpoint = new(Configs.Tiny);
        using TemporaryFolder folder = new();
        string path = folder.File("tiny.safetensors");
        checkpoint.ToWriter().Save(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), checkpoint.ComputeSha256());
        Assert.Equal(checkpoint.ComputeSha256(), file.ComputeSha256());
        Assert.Equal(Configs.Tiny, SamCheckpoint.Open(file).Config);
        Assert.Equal(Configs.Tiny, SamCheckpoint.Open(checkpoint).Config);
        Assert.Equal(checkpoint.Metadata, file.Metadata);
        Assert.All(checkpoint.Tensors, tensor =>
        {
            Assert.True(file.TryGet(tensor.Name, out TensorInfo? stored));
            Assert.Equal(Hash(checkpoint, tensor), Hash(file, stored));
        });
    }

    [Theory]
    [InlineData("vit_b")]
    [InlineData("vit_l")]
    [InlineData("vit_h")]
    public void The_published_models_are_described_without_their_values(string name)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        using SyntheticCheckpoint checkpoint = new(Configs.Of(name));
        SamCheckpoint model = SamCheckpoint.Open(checkpoint);

        Assert.Equal(Configs.Of(name) with { Seed = 0 }, model.Config);
        Assert.True(model.HasDecoder);
        Assert.Empty(model.Notes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void A_closed_or_cancelled_checkpoint_says_so()
    {
        SyntheticCheckpoint checkpoint = new(Configs.Tiny);

        Assert.Throws<OperationCanceledException>(
            () => checkpoint.ComputeSha256(new CancellationToken(canceled: true)));
        checkpoint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => checkpoint.ComputeSha256());
        Assert.Throws<ObjectDisposedException>(() => checkpoint.Read(checkpoint.Tensors[0], []));
    }

    /// <summary>Row by row, so that millions of additions do not add up their rounding.</summary>
    private static (double Sum, double Magnitude, double Squares) Sums(ReadOnlySpan<float> values)
    {
        (double sum, double magnitude, double squares) = (0, 0, 0);
        for (int start = 0; start < values.Length; start += 1024)
        {
            (double rowSum, double rowMagnitude, double rowSquares) = (0, 0, 0);
            foreach (float value in values.Slice(start, Math.Min(1024, values.Length - start)))
            {
                rowSum += value;
                rowMagnitude += Math.Abs(value);
                rowSquares += (double)value * value;
            }

            (sum, magnitude, squares) = (sum + rowSum, magnitude + rowMagnitude, squares + rowSquares);
        }

        return (sum, magnitude, squares);
    }

    private static string Hash(TensorSource source, TensorInfo tensor)
    {
        float[] values = new float[tensor.ElementCount];
        source.Read(tensor, values);
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
    }
}
