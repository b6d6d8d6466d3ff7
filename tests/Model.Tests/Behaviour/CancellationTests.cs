using System.Diagnostics;
using SamNative.Kernels;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>
/// What grows with its input has a limit, and ends soon after it was cancelled. Where it can be, that is counted, not timed;
/// the rest would take minutes otherwise, and has to end within one.
/// </summary>
public sealed class CancellationTests
{
    /// <summary>Far more than the 100 ms that are promised, and far less than what the work would take.</summary>
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(60);

    private static readonly CancellationToken cancelled = new(canceled: true);

    public static TheoryData<string> Works => [.. LongWork.All.Keys];

    [Fact]
    public void A_prompt_has_at_most_a_thousand_points()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(TestModels.Picture("playground_small").View);
        Assert.Equal(1000, SamPrompt.MaxPoints);
        Assert.Equal(3, predictor.Predict(Points(1000)).Masks.Count);
        foreach (int count in (int[])[1001, 30_000])
        {
            ArgumentException error = Assert.Throws<ArgumentException>(() => predictor.Predict(Points(count)));
            Assert.Contains("at most 1000 points", error.Message, StringComparison.Ordinal);
            Assert.Contains($"has {count}", error.Message, StringComparison.Ordinal);
        }

        int width = model.Config.PromptEmbedDim;
        predictor.Predict(new SamPrompt { ExtraEmbeddings = new float[1000 * width] });
        Assert.Throws<ArgumentException>(() => predictor.Predict(new SamPrompt { ExtraEmbeddings = new float[1001 * width] }));
        Assert.Throws<ArgumentException>(() => predictor.Predict(
            new SamPrompt { Points = [.. Points(600).Points], ExtraEmbeddings = new float[401 * width] }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_long_prompt_is_cancelled_at_any_moment_and_the_predictor_goes_on(int threads)
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = threads });
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(TestModels.Picture("playground_small").View);
        float[] expected = predictor.Predict(Points(1000)).LogitValues.ToArray();
        Stopwatch whole = Stopwatch.StartNew();
        predictor.Predict(Points(1000));
        long ticks = whole.ElapsedTicks;
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource source = new();
            using Timer timer = new(_ => source.Cancel(), null, TimeSpan.FromTicks(ticks * i / 20), Timeout.InfiniteTimeSpan);
            try
            {
                predictor.Predict(Points(1000), cancellationToken: source.Token);
            }
            catch (OperationCanceledException)
            {
                // As it should be; the last ones may come too late.
            }
        }

        Assert.Throws<OperationCanceledException>(() => predictor.Predict(Points(1000), cancellationToken: cancelled));
        Assert.Equal(expected, predictor.Predict(Points(1000)).LogitValues.ToArray());
    }

    [Theory]
    [InlineData(1, 6, 1024, null, true)]
    [InlineData(1024, 0, 1, null, true)]
    [InlineData(1024, 1, 1, null, false)]
    [InlineData(1024, 6, 1, null, false)]
    [InlineData(32, 6, 1, null, false)]
    [InlineData(32, 4, 1, null, true)]
    [InlineData(null, 1, null, 209_715, true)]
    [InlineData(null, 1, null, 209_716, false)]
    public void Automatic_masks_have_a_limit_of_points(int? perSide, int layers, int? factor, int? list, bool fits)
    {
        using SamModel model = TestModels.Load("tiny");
        AutomaticMaskOptions options = new()
        {
            PointsPerSide = perSide,
            CropNLayers = layers,
            CropNPointsDownscaleFactor = perSide == 1 ? 1 : factor,
            PointGrids = list is { } count
                ? [.. Enumerable.Repeat<IReadOnlyList<(double, double)>>(new (double, double)[count], layers + 1)]
                : null,
        };
        if (fits)
        {
            new AutomaticMaskGenerator(model, options).Dispose();
            return;
        }

        ArgumentException error = Assert.Throws<ArgumentException>(() => new AutomaticMaskGenerator(model, options));
        Assert.Contains("1,048,576 at most", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sorting_is_that_of_LINQ()
    {
        Random random = new(3);
        foreach (int count in (int[])[0, 1, 2, 3, 100, 4097])
        {
            int[] values = [.. Enumerable.Range(0, count).Select(_ => random.Next(50))];
            Assert.Equal(
                Enumerable.Range(0, count).OrderBy(i => values[i]),
                StableOrder.Of(count, (a, b) => values[a].CompareTo(values[b]), default));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(8_000_000)]
    public void Sorting_ends_within_few_comparisons(int moment)
    {
        using CancellationTokenSource source = new();
        long comparisons = 0;
        Assert.Throws<OperationCanceledException>(() => StableOrder.Of(1_000_000, Compare, source.Token));
        Assert.InRange(comparisons, moment, moment + 40_000);

        int Compare(int a, int b)
        {
            if (++comparisons == moment)
            {
                source.Cancel();
            }

            return b.CompareTo(a);
        }
    }

    /// <summary>All of them stay, so that each is compared with all before it: hours.</summary>
    [Fact]
    public void Suppression_of_millions_of_boxes_ends()
    {
        const int Count = 3_000_000;
        Corners[] boxes = [.. Enumerable.Range(0, Count).Select(i => new Corners(i, 0, i + 1, 1))];
        float[] scores = new float[Count];
        EndsSoon(token => BoxSuppression.Keep(boxes, scores, 0.7, token));
    }

    [Fact]
    public void Suppression_of_many_masks_ends()
    {
        AutomaticMask mask = new()
        {
            Segmentation = MaskRle.FromCounts([.. Enumerable.Repeat(1, 100_000)], new ImageSize(100, 1000)),
            Bounds = new MaskBounds(0, 0, 999, 99),
            PredictedIou = 1,
            StabilityScore = 1,
            Point = default,
            CropBox = default,
        };
        AutomaticMask[] masks = [.. Enumerable.Repeat(mask, 2_000)];
        EndsSoon(token => MaskSuppression.Keep(masks, 1, null, token));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 20)]
    [InlineData(3, 150)]
    public void Loading_ends_with_the_next_part_of_a_tensor_and_leaves_nothing(int threads, int moment)
    {
        long before = NativeBuffer.LiveBytes;
        using CancellationTokenSource cancellation = new();
        Watched source = new(TestModels.Config("tiny"), moment, cancellation.Cancel);
        Assert.Throws<OperationCanceledException>(
            () => SamModel.Load(source, new SamOptions { Threads = threads }, cancellation.Token));
        Assert.InRange(source.Reads, moment, moment + threads);
        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void The_hash_of_a_model_is_cancelled_and_can_be_asked_for_again()
    {
        byte[] file = File.ReadAllBytes(ReferenceData.Find("demo.safetensors"));
        using SamModel model = SamModel.Load((ReadOnlyMemory<byte>)file);
        Assert.Throws<OperationCanceledException>(() => model.ComputeSha256(cancelled));
        string expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file));
        Assert.Equal(expected, model.ComputeSha256(CancellationToken.None));
        Assert.Equal(expected, model.Sha256);
    }

    [Fact]
    public void What_is_made_of_masks_looks_at_the_cancellation()
    {
        SamMask mask = Noise(300, 200);
        MaskRle rle = MaskRle.FromMask(mask);
        AutomaticMask automatic = new()
        {
            Segmentation = rle,
            Bounds = rle.Bounds,
            PredictedIou = 1,
            StabilityScore = 1,
            Point = default,
            CropBox = default,
        };
        PictureMasks masks = new("a.png", rle.Size, [automatic]);
        LabelMap labels = LabelMap.Of(masks.Masks, rle.Size);
        foreach (Action action in (Action[])
            [
                () => MaskRle.FromMask(mask, cancelled),
                () => rle.ToMask(cancelled),
                () => mask.ToPolygons(cancelled),
                () => RegionFilter.RemoveSmall(mask, 3, cancelled),
                () => RegionFilter.FillEnclosed(mask, cancelled),
                () => LabelMap.Of(masks.Masks, rle.Size, cancelled),
                () => LabelMapFile.Write(labels, Stream.Null, cancelled),
                () => CocoFile.Write([masks], Stream.Null, cancelled),
                () => Sa1bFile.Write(masks, Stream.Null, cancelled),
                () => LabelmeFile.Write(masks, Stream.Null, cancelled),
                () => RecordFile.Write(masks.Masks, Stream.Null, cancelled),
            ])
        {
            Assert.Throws<OperationCanceledException>(action);
        }
    }

    /// <summary>The processor's time from the cancellation to the end, of work that takes seconds.</summary>
    [Theory]
    [MemberData(nameof(Works))]
    public void Long_work_ends_soon_after_its_cancellation(string name)
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1", "pictures of 70 megapixels: set SAMNATIVE_LONG=1");
        Action<CancellationToken> work = LongWork.All[name]();
        TimeSpan whole = Used(() => work(CancellationToken.None));
        TimeSpan most = TimeSpan.FromMilliseconds(Math.Max(30, whole.TotalMilliseconds / 3));
        foreach (double part in (double[])[0.1, 0.2, 0.5])
        {
            using CancellationTokenSource source = new();
            TimeSpan atCancel = default;
            using Timer timer = new(
                _ =>
                {
                    atCancel = Process.GetCurrentProcess().TotalProcessorTime;
                    source.Cancel();
                },
                null, whole * part, Timeout.InfiniteTimeSpan);
            try
            {
                work(source.Token);
            }
            catch (OperationCanceledException)
            {
                TimeSpan late = Process.GetCurrentProcess().TotalProcessorTime - atCancel;
                TestContext.Current.TestOutputHelper?.WriteLine(
                    $"{name}: {whole.TotalMilliseconds:F0} ms, {late.TotalMilliseconds:F0} ms late");
                Assert.True(late < most, $"{name}: {late} after its cancellation, of {whole}");
            }
        }
    }

    private static TimeSpan Used(Action action)
    {
        action();
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        action();
        return Process.GetCurrentProcess().TotalProcessorTime - before;
    }

    private static void EndsSoon(Action<CancellationToken> work)
    {
        using CancellationTokenSource source = new();
        Task running = Task.Run(() => work(source.Token), CancellationToken.None);
        Assert.False(running.Wait(300));
        source.Cancel();
        AggregateException error = Assert.Throws<AggregateException>(() => running.Wait(soon));
        Assert.IsType<OperationCanceledException>(error.InnerException, exactMatch: false);
    }

    private static SamPrompt Points(int count) => new()
    {
        Points = [.. Enumerable.Range(0, count).Select(i => new SamPoint(i % 180, i * 7 % 120, (PointLabel)(i % 2)))],
    };

    private static SamMask Noise(int width, int height)
    {
        byte[] pixels = new byte[width * height];
        new Random(1).NextBytes(pixels);
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] &= 1;
        }

        return SamMask.FromBytes(pixels, width, height);
    }

    /// <summary>Work of seconds, by name; made when it is asked for.</summary>
    private static class LongWork
    {
        private const int Side = 8192;

        public static Dictionary<string, Func<Action<CancellationToken>>> All { get; } = new()
        {
            ["a prompt of 1,000 points on ViT-B's decoder"] = Prompt,
            ["a binary mask as prompt"] = MaskAsPrompt,
            ["copying logits"] = Logits,
            ["a long, thin picture"] = ThinPicture,
            ["coding run lengths"] = () =>
            {
                SamMask mask = Noise(Side, Side);
                return token => MaskRle.FromMask(mask, token);
            },
            ["decoding run lengths"] = () =>
            {
                MaskRle rle = MaskRle.FromMask(Noise(Side, Side));
                return token => rle.ToMask(token);
            },
            ["tracing polygons"] = () =>
            {
                SamMask mask = Noise(Side / 4, Side / 4);
                return token => mask.ToPolygons(token);
            },
            ["removing small regions"] = () =>
            {
                SamMask mask = Noise(Side / 2, Side / 2);
                return token => RegionFilter.RemoveSmall(MaskRle.FromMask(mask, token).ToMask(token), 10, token);
            },
            ["hashing ViT-B"] = () =>
            {
                SamModel model = TestModels.Load("vit_b", new SamOptions { DeferDecoder = true });
                return token =>
                {
                    using SyntheticCheckpoint source = new(model.Config);
                    source.ComputeSha256(token);
                };
            },
            ["loading ViT-B"] = () => token => SamModel.Load(
                new SyntheticCheckpoint(SamConfig.VitB), new SamOptions { Threads = 2 }, token).Dispose(),
        };

        private static Action<CancellationToken> Prompt()
        {
            SamPredictor predictor = Predictor(
                SamConfig.VitB with { Depth = 1, GlobalAttnIndexes = [] }, TestModels.Picture("playground_small").View);
            return token => predictor.Predict(Points(1000), cancellationToken: token);
        }

        private static Action<CancellationToken> MaskAsPrompt()
        {
            SamPredictor predictor = Predictor(TestModels.Config("tiny"), Gray(Side, Side));
            SamMask mask = Noise(Side, Side);
            return token => predictor.Predict(new SamPrompt { Mask = mask }, cancellationToken: token);
        }

        private static Action<CancellationToken> Logits()
        {
            SamPredictor predictor = Predictor(TestModels.Config("tiny"), Gray(Side, Side));
            SamPrediction prediction = predictor.Predict(SamPrompt.At(1, 1));
            float[] logits = new float[Side * Side];
            return token => predictor.CopyLogits(prediction, 0, logits, token);
        }

        private static Action<CancellationToken> ThinPicture()
        {
            SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 1 });
            ImageView picture = Gray(200 * 1200, 1200);
            return token => model.Encode(picture, null, token).Dispose();
        }

        private static SamPredictor Predictor(SamConfig config, ImageView picture)
        {
            SamModel model = SamModel.Load(new SyntheticCheckpoint(config), new SamOptions { Threads = 1 });
            SamPredictor predictor = model.CreatePredictor();
            predictor.SetImage(picture);
            return predictor;
        }

        private static ImageView Gray(int width, int height) =>
            new(new byte[width * height], width, height, width, PixelFormat.Gray);
    }

    /// <summary>A synthetic checkpoint that counts its reads, and says when it has come to one of them.</summary>
    private sealed class Watched(SamConfig config, int moment, Action reached) : TensorSource(
        "<watched>", new SyntheticCheckpoint(config).Tensors, new SyntheticCheckpoint(config).Metadata)
    {
        private readonly SyntheticCheckpoint inner = new(config);
        private int reads;

        public int Reads => reads;

        public override string Format => "watched";

        public override string ComputeSha256(CancellationToken cancellation = default) => inner.ComputeSha256(cancellation);

        protected override void ReadCore(
            TensorInfo info, long start, Span<byte> destination, CancellationToken cancellation)
        {
            if (Interlocked.Increment(ref reads) == moment)
            {
                reached();
            }

            inner.TryGet(info.Name, out TensorInfo? own);
            byte[] bytes = new byte[info.ByteLength];
            inner.ReadBytes(own!, bytes);
            bytes.AsSpan((int)start, destination.Length).CopyTo(destination);
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
