using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Everything that can be wrong with a file of weights, and that all of it is listed.</summary>
public sealed class CheckpointVerificationTests
{
    [Fact]
    public void A_sound_file_has_hashes_and_no_problem()
    {
        using TensorSource file = CheckpointFile.Open(ReferenceData.Find("torch_files/hf_keys.safetensors"));
        List<double> seen = [];
        CheckpointVerification found = CheckpointVerification.Of(file, new Note(seen));

        Assert.Empty(found.Problems);
        Assert.Null(found.Refusal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.Name))), found.Sha256);
        Assert.Equal(file.Tensors, found.Tensors.Select(tensor => tensor.Tensor));
        Assert.Equal(
            found.Checkpoint!.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal),
            found.Tensors.Select(tensor => tensor.CanonicalName!).Order(StringComparer.Ordinal));
        Assert.Equal(1, seen[^1]);
    }

    [Fact]
    public void Every_key_and_every_value_that_is_wrong_is_listed()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(Configs.Tiny);
        tensors.RemoveAll(tensor => tensor.Name == "mask_decoder.iou_token.weight");
        tensors[tensors.FindIndex(tensor => tensor.Name == "image_encoder.neck.1.weight")] =
            ("image_encoder.neck.1.weight", [7]);
        tensors.Add(("optimizer.step", [1]));
        using ListedSource source = new ListedSource(tensors)
            .Fill("optimizer.step", 0xFF)
            .Fill("image_encoder.neck.3.bias", 0xFF);

        CheckpointVerification found = CheckpointVerification.Of(source);

        Assert.Null(found.Checkpoint);
        Assert.All(found.Tensors, tensor => Assert.Null(tensor.CanonicalName));
        string[] problems = [.. found.Problems];
        Assert.Equal(6, problems.Length);
        Assert.Contains("3 keys do not fit", problems[0], StringComparison.Ordinal);
        int width = Configs.Tiny.PromptEmbedDim;
        Assert.Equal($"image_encoder.neck.1.weight, expected [{width}], found [7]", problems[1]);
        Assert.Equal($"missing mask_decoder.iou_token.weight, expected [1, {width}]", problems[2]);
        Assert.Equal("unexpected optimizer.step, found F32 [1]", problems[3]);
        Assert.Equal("image_encoder.neck.3.bias holds NaN at flat position 0", problems[4]);
        Assert.Equal("optimizer.step holds NaN at flat position 0", problems[5]);
    }

    [Theory]
    [InlineData(0, float.NaN)]
    [InlineData(1, float.PositiveInfinity)]
    [InlineData(40_000, float.NegativeInfinity)]
    public void The_first_value_that_is_no_number_is_named(int index, float value)
    {
        const string Name = "image_encoder.patch_embed.proj.weight";
        using SafetensorsFile file = CheckpointConverterTests.WithValue(Name, index, value);
        CheckpointVerification found = CheckpointVerification.Of(file);

        Assert.NotNull(found.Checkpoint);
        Assert.Equal($"{Name} holds {value} at flat position {index}", Assert.Single(found.Problems));
        VerifiedTensor tensor = Assert.Single(found.Tensors, tensor => tensor.NonFinite is not null);
        Assert.Equal(new NonFiniteValue(index, value), tensor.NonFinite);
    }

    [Fact]
    public void What_cannot_be_read_as_float_has_no_hash_and_is_no_model()
    {
        int[] values = [1, 2, 3];
        SafetensorsWriter writer = new();
        writer.AddBytes("numbers", [3], MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), TensorDtype.I32);
        writer.Add("none", [0], Array.Empty<float>());
        using MemoryStream stream = new();
        writer.Save(stream);
        using SafetensorsFile file = SafetensorsFile.Open(stream.ToArray());

        CheckpointVerification found = CheckpointVerification.Of(file);

        Assert.Contains("is no SAM", Assert.Single(found.Problems), StringComparison.Ordinal);
        Assert.Null(found.Tensors.Single(tensor => tensor.Tensor.Name == "numbers").Sha256);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData([])),
            found.Tensors.Single(tensor => tensor.Tensor.Name == "none").Sha256);
    }

    [Fact]
    public void A_tensor_that_cannot_be_read_does_not_hide_what_comes_after_it()
    {
        using ListedSource source = new ListedSource(ListedSource.Model(Configs.Tiny))
            .Break("image_encoder.pos_embed")
            .Fill("image_encoder.neck.3.bias", 0xFF);

        CheckpointVerification found = CheckpointVerification.Of(source);

        Assert.Equal(
            [
                "image_encoder.pos_embed cannot be read. The disk fails.",
                "image_encoder.neck.3.bias holds NaN at flat position 0",
            ],
            found.Problems);
        Assert.Single(found.Tensors, tensor => tensor.Sha256 is null);
    }

    [Theory]
    [InlineData("missing_key.pth", "missing mask_decoder.iou_token.weight, expected [1, 32]")]
    [InlineData("wrong_shape.pth", "image_encoder.neck.1.weight, expected [32], found [7]")]
    public void Files_of_torch_that_lack_something_are_told(string name, string problem)
    {
        using TensorSource file = TorchFiles.Open(name);

        Assert.Equal(problem, CheckpointVerification.Of(file).Problems.Last());
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        using SyntheticCheckpoint source = new(Configs.Tiny);

        Assert.Throws<OperationCanceledException>(
            () => CheckpointVerification.Of(source, cancellation: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void It_can_be_cancelled_between_tensors()
    {
        using CancellationTokenSource cancellation = new();
        using ListedSource source = new(ListedSource.Model(Configs.Tiny));
        int seen = 0;

        Assert.Throws<OperationCanceledException>(
            () => CheckpointVerification.Of(source, new Told(CancelAtOnce), cancellation: cancellation.Token));

        Assert.Equal(1, seen);

        void CancelAtOnce()
        {
            seen++;
            cancellation.Cancel();
        }
    }

    private sealed class Told(Action report) : IProgress<double>
    {
        public void Report(double value) => report();
    }

    private sealed class Note(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
