using System.Numerics.Tensors;
using SamNative.Kernels;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>What a model promises besides its numbers.</summary>
public sealed class SamModelTests
{
    private static readonly ImageView playground = TestModels.Picture("playground_small").View;
    private static readonly ImageView tree = TestModels.Picture("tree_small").View;

    [Fact]
    public void A_batch_gives_each_picture_what_it_gives_alone()
    {
        using SamModel model = TestModels.Load("tiny");
        using SamEmbedding batch = model.Encode([playground, tree, playground]);
        using SamEmbedding first = model.Encode(playground);
        using SamEmbedding second = model.Encode(tree);

        Assert.Equal([3, 64, 16, 16], batch.Tensor.Lengths.ToArray());
        Assert.Equal(first.Values, batch.At(0));
        Assert.Equal(second.Values, batch.At(1));
        Assert.Equal(first.Values, batch.At(2));
        Assert.Equal(second.OriginalSize, batch.OriginalSizes[1]);
        Assert.Equal(second.InputSize, batch.InputSizes[1]);
    }

    [Fact]
    public void Ready_pixel_values_give_the_bytes_of_their_picture()
    {
        using ReferenceTensors reference = ReferenceTensors.Open("tiny.playground_small.encoder.safetensors");
        using SamModel model = TestModels.Load("tiny");
        using SamEmbedding picture = model.Encode(playground);
        using SamEmbedding values = model.EncodePixelValues(
            new ReadOnlyTensorSpan<float>(reference.Floats("pixel_values"), [1, 3, 256, 256]));

        Assert.Equal(picture.Values, values.Values);
        Assert.Equal(new ImageSize(256, 256), values.OriginalSize);
    }

    [Fact]
    public void Pixel_values_of_another_shape_are_refused_with_both_shapes()
    {
        using SamModel model = TestModels.Load("tiny");
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => model.EncodePixelValues(new ReadOnlyTensorSpan<float>(new float[3 * 64 * 64], [1, 3, 64, 64])));
        Assert.Contains("[n, 3, 256, 256]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[1, 3, 64, 64]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_threads_share_a_model_and_get_one_result()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamEmbedding expected = model.Encode(playground);
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                using SamEmbedding embedding = model.Encode(playground);
                if (!embedding.Values.AsSpan().SequenceEqual(expected.Values))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Cancelling_at_any_moment_leaves_the_model_as_it_was()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamEmbedding expected = model.Encode(playground);
        Random random = new(7);
        int cancelled = 0;
        for (int i = 0; i < 500; i++)
        {
            using CancellationTokenSource source = new();
            StopAfter progress = new(source, random.Next(20));
            try
            {
                model.Encode(playground, progress, source.Token).Dispose();
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }

        Assert.True(cancelled > 100, $"only {cancelled} of 500 encodes were cancelled");
        using SamEmbedding after = model.Encode(playground);
        Assert.Equal(expected.Values, after.Values);
    }

    [Fact]
    public void Progress_counts_every_step()
    {
        using SamModel model = TestModels.Load("tiny");
        List<SamProgress> seen = [];
        model.Encode(playground, new Collect(seen)).Dispose();
        Assert.Equal(Enumerable.Range(1, model.Plan.Steps.Count), seen.Select(item => item.Done));
        Assert.All(seen, item => Assert.Equal(model.Plan.Steps.Count, item.Total));
    }

    [Fact]
    public void Use_after_dispose_throws_and_disposing_twice_does_not()
    {
        SamModel model = TestModels.Load("tiny");
        SamPredictor predictor = model.CreatePredictor();
        SamEmbedding embedding = model.Encode(playground);
        predictor.SetEmbedding(embedding);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Encode(playground));
        Assert.Throws<ObjectDisposedException>(() => model.CreatePredictor());
        Assert.Throws<ObjectDisposedException>(() => predictor.Predict(SamPrompt.At(1, 1)));
        predictor.Dispose();
        predictor.Dispose();
        embedding.Dispose();
        embedding.Dispose();
        Assert.Throws<ObjectDisposedException>(() => embedding.Tensor.Lengths.Length);
    }

    [Fact]
    public void Disposing_during_an_encode_ends_it_cleanly()
    {
        for (int i = 0; i < 20; i++)
        {
            SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
            int step = i % model.Plan.Steps.Count;
            Exception? error = Record.Exception(() => model.Encode(playground, new Act(done =>
            {
                if (done == step)
                {
                    model.Dispose();
                }
            })));
            Assert.True(error is null or ObjectDisposedException, error?.ToString());
        }
    }

    [Fact]
    public void Creating_and_disposing_models_leaks_no_native_memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = NativeBuffer.LiveBytes;
        for (int i = 0; i < 200; i++)
        {
            using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 1 + (i % 3) });
            if (i % 20 == 0)
            {
                using SamPredictor predictor = model.CreatePredictor();
                predictor.SetImage(playground);
                predictor.Predict(SamPrompt.At(50, 50));
            }
        }

        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void A_picture_that_is_too_thin_or_empty_is_refused_with_its_size()
    {
        using SamModel model = TestModels.Load("tiny");
        ArgumentException thin = Assert.Throws<ArgumentException>(() => model.Encode(new ImageView(new byte[3 * 2000], 2000, 1)));
        Assert.Contains("2000 x 1", thin.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Encode(default(ImageView)));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused_by_name_and_place()
    {
        SamConfig config = TestModels.Config("tiny");
        using Spoiled source = new(config, "image_encoder.blocks.1.mlp.lin1.weight", 1234, float.NaN);
        CheckpointException error = Assert.Throws<CheckpointException>(() => SamModel.Load(source));
        Assert.Equal(CheckpointError.NotFinite, error.Code);
        Assert.Contains("image_encoder.blocks.1.mlp.lin1.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("1234", error.Message, StringComparison.Ordinal);

        using SamModel model = SamModel.Load(
            new Spoiled(config, "image_encoder.blocks.1.mlp.lin1.weight", 1234, float.NaN), new SamOptions { AllowNonFiniteWeights = true });
        Assert.Equal(256, model.Config.ImgSize);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Of_several_bad_weights_the_first_is_named_whoever_meets_it(int threads)
    {
        const string Tensor = "image_encoder.blocks.1.mlp.lin1.weight";
        SamConfig config = TestModels.Config("tiny");
        int last = (config.EmbedDim * config.MlpDim) - 1;
        using Spoiled source = new(config, Tensor, last, float.NaN, 6_007, float.PositiveInfinity, 9_000, float.NaN);

        CheckpointException error = Assert.Throws<CheckpointException>(
            () => SamModel.Load(source, new SamOptions { Threads = threads }));
        Assert.Contains($"{Tensor} holds {float.PositiveInfinity} at flat position 6007:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_that_is_read_later_answers_the_same()
    {
        using SamModel whole = TestModels.Load("tiny");
        long eager = NativeBuffer.LiveBytes;
        using SamModel late = TestModels.Load("tiny", new SamOptions { DeferDecoder = true });
        Assert.True(late.HasDecoder);
        Assert.True(NativeBuffer.LiveBytes - eager < eager);

        using SamPredictor expected = whole.CreatePredictor();
        using SamPredictor actual = late.CreatePredictor();
        expected.SetImage(playground);
        actual.SetImage(playground);
        SamPrompt click = SamPrompt.At(50, 50);
        Assert.Equal(expected.Predict(click).Scores, actual.Predict(click).Scores);
    }

    [Fact]
    public void A_decoder_with_bad_weights_is_refused_when_it_is_read()
    {
        const string Tensor = "mask_decoder.iou_token.weight";
        SamConfig config = TestModels.Config("tiny");
        long before = NativeBuffer.LiveBytes;
        Assert.Throws<CheckpointException>(() => SamModel.Load(new Spoiled(config, Tensor, 3, float.NaN)));
        using (SamModel model = SamModel.Load(new Spoiled(config, Tensor, 3, float.NaN), new SamOptions { DeferDecoder = true }))
        {
            using SamEmbedding embedding = model.Encode(playground);
            for (int i = 0; i < 2; i++)
            {
                CheckpointException error = Assert.Throws<CheckpointException>(model.CreatePredictor);
                Assert.Equal(CheckpointError.NotFinite, error.Code);
                Assert.Contains(Tensor, error.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void What_is_kept_for_the_next_encode_can_be_given_back()
    {
        using SamModel model = TestModels.Load("tiny");
        long loaded = NativeBuffer.LiveBytes;
        using SamEmbedding first = model.Encode(playground);
        Assert.True(NativeBuffer.LiveBytes > loaded);

        model.TrimExcess();
        model.TrimExcess();

        Assert.Equal(loaded, NativeBuffer.LiveBytes);
        using SamEmbedding again = model.Encode(playground);
        Assert.Equal(first.Values, again.Values);
    }

    [Fact]
    public void An_encoder_alone_encodes_and_says_what_it_cannot_do()
    {
        SamConfig config = TestModels.Config("tiny");
        using TemporaryFolder folder = new();
        using SyntheticCheckpoint source = new(config);
        SafetensorsWriter writer = new();
        foreach (TensorInfo tensor in source.Tensors.Where(tensor => tensor.Name.StartsWith("image_encoder.", StringComparison.Ordinal)))
        {
            writer.Add(tensor.Name, source, tensor);
        }

        string path = folder.File("encoder.safetensors");
        writer.Save(path);
        using SamModel whole = TestModels.Load("tiny");
        using SamModel model = SamModel.Load(path);
        using SamEmbedding expected = whole.Encode(playground);
        using SamEmbedding embedding = model.Encode(playground);

        Assert.Equal(expected.Values, embedding.Values);
        Assert.False(model.HasDecoder);
        Assert.Contains("encoder alone", Assert.Throws<InvalidOperationException>(model.CreatePredictor).Message, StringComparison.Ordinal);
    }

    private sealed class StopAfter(CancellationTokenSource source, int steps) : IProgress<SamProgress>
    {
        public void Report(SamProgress value)
        {
            if (value.Done == steps)
            {
                source.Cancel();
            }
        }
    }

    private sealed class Collect(List<SamProgress> seen) : IProgress<SamProgress>
    {
        public void Report(SamProgress value) => seen.Add(value);
    }

    private sealed class Act(Action<int> action) : IProgress<SamProgress>
    {
        public void Report(SamProgress value) => action(value.Done);
    }

    /// <summary>A synthetic checkpoint with some values of a tensor spoiled: a position, what is there, and so on.</summary>
    private sealed class Spoiled(SamConfig config, string tensor, params float[] spoils) : TensorSource(
        "<spoiled>", new SyntheticCheckpoint(config).Tensors, new SyntheticCheckpoint(config).Metadata)
    {
        private readonly SyntheticCheckpoint inner = new(config);

        public override string Format => "spoiled";

        public override string ComputeSha256(CancellationToken cancellation = default) => inner.ComputeSha256(cancellation);

        protected override void ReadCore(
            TensorInfo info, long start, Span<byte> destination, CancellationToken cancellation)
        {
            byte[] bytes = new byte[info.ByteLength];
            inner.TryGet(info.Name, out TensorInfo? own);
            inner.ReadBytes(own!, bytes);
            for (int i = 0; i < spoils.Length && info.Name == tensor; i += 2)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(4 * (int)spoils[i]), spoils[i + 1]);
            }

            bytes.AsSpan((int)start, destination.Length).CopyTo(destination);
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
