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
    public void After_warm_up_an_encode_into_an_embedding_allocates_nothing()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamEmbedding embedding = model.Encode(playground);
        for (int i = 0; i < 3; i++)
        {
            model.Encode(playground, embedding);
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        model.Encode(playground, embedding);
        Assert.Equal(0, GC.GetTotalAllocatedBytes(precise: true) - before);
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

    /// <summary>A synthetic checkpoint with one value spoiled.</summary>
    private sealed class Spoiled(SamConfig config, string tensor, int position, float value) : TensorSource(
        "<spoiled>", new SyntheticCheckpoint(config).Tensors, new SyntheticCheckpoint(config).Metadata)
    {
        private readonly SyntheticCheckpoint inner = new(config);

        public override string ComputeSha256(CancellationToken cancellation = default) => inner.ComputeSha256(cancellation);

        protected override void ReadCore(TensorInfo info, long start, Span<byte> destination)
        {
            byte[] bytes = new byte[info.ByteLength];
            inner.TryGet(info.Name, out TensorInfo? own);
            inner.ReadBytes(own!, bytes);
            if (info.Name == tensor)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(4 * position), value);
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
