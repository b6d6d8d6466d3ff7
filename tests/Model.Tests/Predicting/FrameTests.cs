using SamNative.Kernels;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Predicting;

/// <summary>Prompts on embeddings of any frame: squares of other sizes, and squares that were cut to a picture's shape.</summary>
public sealed class FrameTests : IDisposable
{
    private const int Patch = 16;
    private const double LogitBar = 2e-5;
    private const double ScoreBar = 5e-6;

    private readonly SamModel model = TestModels.Load("tiny");

    /// <summary>Prompts by name, in pixels of a frame; all of them lie within the first patch, which no frame lacks.</summary>
    private static readonly Dictionary<string, Func<Frame, SamPrompt>> prompts = new()
    {
        ["point"] = _ => SamPrompt.At(7.25, 9.5),
        ["box"] = _ => SamPrompt.Around(2, 3, 14, 13.5),
        ["both"] = _ => new() { Points = [new(3, 4), new(12, 1, PointLabel.Background)], Box = new SamBox(1, 1, 15, 12) },
        ["many"] = _ => new() { Points = [.. Enumerable.Range(0, 30).Select(i => new SamPoint(i / 2.0, i % 16))] },
        ["nothing"] = _ => new(),
        ["logits"] = frame => new() { Points = [new(5, 5)], MaskLogits = Random(16 * frame.Tokens, 8, 5) },
    };

    public static TheoryData<int, int, string> Cases() =>
    [
        .. from shape in new[] { (16, 16), (11, 16), (16, 9), (3, 16), (16, 1), (1, 16), (12, 12), (20, 13), (14, 20) }
           from prompt in prompts.Keys
           select (shape.Item1, shape.Item2, prompt),
    ];

    public void Dispose() => model.Dispose();

    [Theory]
    [InlineData("tiny.at_192", 12)]
    [InlineData("tiny.at_320", 20)]
    public void A_square_of_another_size_gives_the_original_s_values(string file, int side)
    {
        using ReferenceTensors reference = ReferenceTensors.Open(file + ".safetensors");
        using SamEmbedding embedding = Embedding(
            Frame.Square(side * Patch, Patch), reference.Floats("embedding"), reference.Size("original_size"),
            reference.Size("input_size"));
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetEmbedding(embedding);

        foreach (PromptCase item in PromptCase.Of(reference))
        {
            SamPrediction prediction = predictor.Predict(item.ToPrompt(), item.Multimask);
            float[] full = new float[prediction.Masks[0].Width * prediction.Masks[0].Height];
            Assert.Equal([item.Masks, 4 * side, 4 * side], prediction.LowResLogits.Lengths.ToArray());
            Assert.InRange(Closeness.Of(prediction.LogitValues, item.LowResLogits).MaxAbs, 0, LogitBar);
            Assert.InRange(Closeness.Of(prediction.Scores, item.Iou).MaxAbs, 0, ScoreBar);
            for (int mask = 0; mask < item.Masks; mask++)
            {
                predictor.CopyLogits(prediction, mask, full);
                Assert.DoesNotContain(
                    Enumerable.Range(0, full.Length), i => (full[i] > 0) != item.Bit(mask, i) && Math.Abs(full[i]) >= 1e-4);
            }
        }
    }

    [Theory]
    [InlineData("tiny.at_192", 12)]
    [InlineData("tiny.at_320", 20)]
    [InlineData("tiny.playground_small.prompts", 16)]
    public void The_reference_decoder_is_the_original(string file, int side)
    {
        using ReferenceTensors reference = ReferenceTensors.Open(file + ".safetensors");
        using SyntheticCheckpoint source = new(TestModels.Config("tiny"));
        ReferenceDecoder decoder = new(SamCheckpoint.Open(source), Frame.Square(side * Patch, Patch));
        float[] dense = reference.Floats("dense_pe");
        double[][] positions = decoder.Positions();
        for (int i = 0; i < positions.Length; i++)
        {
            Assert.All(positions[i], (value, channel) => Assert.Equal(dense[(channel * positions.Length) + i], value, 1e-6));
        }

        if (!reference.Has("embedding"))
        {
            return;
        }

        foreach (PromptCase item in PromptCase.Of(reference))
        {
            SamPrompt prompt = Scaled(item.ToPrompt(), reference.Size("original_size"), reference.Size("input_size"));
            (double[][] logits, double[] scores) = decoder.Run(reference.Floats("embedding"), prompt);
            int first = item.Multimask ? 1 : 0;
            float[] found = [.. logits.Skip(first).Take(item.Masks).SelectMany(mask => mask.Select(value => (float)value))];
            float[] quality = [.. scores.Skip(first).Take(item.Masks).Select(value => (float)value)];
            Assert.InRange(Closeness.Of(found, item.LowResLogits).MaxAbs, 0, 1e-6);
            Assert.InRange(Closeness.Of(quality, item.Iou).MaxAbs, 0, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_frame_gives_the_reference_decoder_s_values(int rows, int columns, string name)
    {
        Frame frame = new(rows, columns, Patch);
        float[] values = Random(64 * frame.Tokens, 1.5, rows + (100 * columns));
        using SyntheticCheckpoint source = new(TestModels.Config("tiny"));
        using SamEmbedding embedding = Embedding(frame, values);
        SamPrompt prompt = prompts[name](frame);
        (double[][] logits, double[] scores) = new ReferenceDecoder(SamCheckpoint.Open(source), frame).Run(values, prompt);
        foreach (bool folds in new[] { true, false })
        {
            using SamPredictor predictor = model.CreatePredictor();
            predictor.FoldsShortPrompts = folds;
            predictor.SetEmbedding(embedding);
            foreach (bool multimask in new[] { true, false })
            {
                SamPrediction prediction = predictor.Predict(prompt, multimask);
                int count = multimask ? 3 : 1;
                float[] expected = [.. logits.Skip(count / 3).Take(count).SelectMany(mask => mask.Select(value => (float)value))];
                float[] quality = [.. scores.Skip(count / 3).Take(count).Select(value => (float)value)];
                Assert.Equal([count, 4 * rows, 4 * columns], prediction.LowResLogits.Lengths.ToArray());
                Closeness found = Closeness.Of(prediction.LogitValues, expected);
                TestContext.Current.TestOutputHelper?.WriteLine($"{found}");
                Assert.InRange(found.MaxAbs, 0, LogitBar);
                Assert.InRange(Closeness.Of(prediction.Scores, quality).MaxAbs, 0, ScoreBar);
                CheckMasks(predictor, prediction, frame, embedding);
            }
        }
    }

    /// <summary>A frame is asked where another one was before: the same bytes as from a predictor that saw nothing else.</summary>
    [Fact]
    public void A_predictor_takes_frames_in_any_order()
    {
        (int Rows, int Columns)[] shapes = [(16, 16), (11, 16), (11, 16), (16, 11), (12, 12), (16, 16)];
        using SamPredictor predictor = model.CreatePredictor();
        SamPrediction prediction = new();
        SamMask? other = null;
        foreach (Frame frame in shapes.Select(shape => new Frame(shape.Rows, shape.Columns, Patch)))
        {
            using SamEmbedding embedding = Embedding(frame, Random(64 * frame.Tokens, 1.5, frame.Rows));
            using SamPredictor fresh = model.CreatePredictor();
            fresh.SetEmbedding(embedding);
            predictor.SetEmbedding(embedding);
            SamPrompt ofMask = new() { Mask = fresh.Predict(new()).Masks[1] };
            foreach (SamPrompt prompt in prompts.Values.Select(make => make(frame)).Append(ofMask))
            {
                SamPrediction expected = fresh.Predict(prompt);
                predictor.Predict(prompt, prediction);
                Assert.Equal(expected.LogitValues, prediction.LogitValues);
                Assert.Equal(expected.Scores, prediction.Scores);
                Assert.Equal(expected.Masks[2].ToRle(), prediction.Masks[2].ToRle());
            }

            if (other is not null && (other.Width, other.Height) != (frame.Width, frame.Height))
            {
                Assert.Throws<ArgumentException>(() => predictor.Predict(new SamPrompt { Mask = other }));
            }

            other = fresh.Predict(new()).Masks[0];
        }
    }

    [Fact]
    public void The_workspace_follows_the_frame()
    {
        using SamEmbedding square = Embedding(new Frame(16, 16, Patch), new float[64 * 256]);
        using SamEmbedding cut = Embedding(new Frame(16, 5, Patch), new float[64 * 80]);
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetEmbedding(square);
        long ofSquare = NativeBuffer.LiveBytes;
        predictor.SetEmbedding(cut);
        Assert.InRange(NativeBuffer.LiveBytes, 0, ofSquare - 1);
        predictor.SetEmbedding(square);
        Assert.Equal(ofSquare, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void A_generator_takes_frames_in_any_order()
    {
        AutomaticMaskOptions all = new() { PointsPerSide = 3, PredIouThresh = 0, StabilityScoreThresh = 0, BoxNmsThresh = 1 };
        using AutomaticMaskGenerator generator = new(model, all);
        foreach ((int rows, int columns) in new[] { (16, 16), (16, 7), (6, 16), (20, 20), (16, 16) })
        {
            Frame frame = new(rows, columns, Patch);
            using SamEmbedding embedding = Embedding(frame, Random(64 * frame.Tokens, 1.5, frame.Rows));
            using SamPredictor predictor = model.CreatePredictor();
            predictor.SetEmbedding(embedding);
            IReadOnlyList<AutomaticMask> masks = generator.Generate(embedding);
            Assert.NotEmpty(masks);
            foreach (AutomaticMask mask in masks)
            {
                SamPrediction answer = predictor.Predict(SamPrompt.At(mask.Point.X, mask.Point.Y));
                Assert.Contains(answer.Masks, other => other.ToRle().SequenceEqual(mask.Segmentation.ToRle()));
            }
        }
    }

    /// <summary>A cut frame has the positions that the square has there, and a mask prompt likewise.</summary>
    [Theory]
    [InlineData(9, 16)]
    [InlineData(16, 9)]
    public unsafe void What_is_cut_keeps_the_values_of_the_square(int rows, int columns)
    {
        using ReferenceTensors reference = ReferenceTensors.Open("tiny.playground_small.prompts.safetensors");
        float[] gaussian = Read("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix");
        float[] dense = reference.Floats("dense_pe");
        float[] cut = new float[rows * columns * 64];
        fixed (float* values = cut)
        {
            new PositionEncoding(gaussian).FillFrame(new Frame(rows, columns, Patch), values, 64);
        }

        for (int i = 0; i < cut.Length; i++)
        {
            (int token, int channel) = Math.DivRem(i, 64);
            Assert.Equal(dense[(((channel * 16) + (token / columns)) * 16) + (token % columns)], cut[i], 1e-6f);
        }

        ImageSize size = new(rows * Patch, columns * Patch);
        byte[] pixels = [.. Enumerable.Range(0, size.Width * size.Height).Select(i => (byte)((i * 2654435761L >> 7) % 3))];
        SamMask mask = SamMask.FromBytes(pixels, size.Width, size.Height);
        float[] small = new float[16 * rows * columns], whole = new float[64 * 64];
        MaskPrompt.Write(mask, Scaling(new Frame(rows, columns, Patch), size), small, default);
        MaskPrompt.Write(mask, Scaling(new Frame(16, 16, Patch), size), whole, default);
        for (int i = 0; i < small.Length; i++)
        {
            Assert.Equal(whole[(i / (4 * columns) * 64) + (i % (4 * columns))], small[i]);
        }

        static MaskFrame Scaling(Frame frame, ImageSize size) => new(
            new ImageSize(4 * frame.Rows, 4 * frame.Columns), new ImageSize(frame.Height, frame.Width), size, size);
    }

    [Theory]
    [InlineData(16, 9, 256, 160)]
    [InlineData(9, 16, 160, 256)]
    [InlineData(16, 16, 192, 192)]
    public void A_picture_that_does_not_fit_its_frame_is_refused(int rows, int columns, int height, int width)
    {
        Frame frame = new(rows, columns, Patch);
        ImageSize size = new(height, width);
        using SamEmbedding embedding = Embedding(frame, new float[64 * frame.Tokens], size, size);
        using SamPredictor predictor = model.CreatePredictor();
        ArgumentException error = Assert.Throws<ArgumentException>(() => predictor.SetEmbedding(embedding));
        Assert.Contains("which this model does not do", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The masks' own logits at the picture's size, by two steps of bilinear resampling in double.</summary>
    private static void CheckMasks(SamPredictor predictor, SamPrediction prediction, Frame frame, SamEmbedding embedding)
    {
        (ImageSize input, ImageSize original) = (embedding.InputSize, embedding.OriginalSize);
        float[] full = new float[original.Height * original.Width];
        predictor.CopyLogits(prediction, 0, full);
        int values = 16 * frame.Tokens;
        double[][] low = [.. prediction.LogitValues[..values].ToArray().Select(value => (double)value).Chunk(4 * frame.Columns)];
        double[][] resized = Resample(Resample(low, frame.Height, frame.Width, input), original.Height, original.Width, original);
        for (int i = 0; i < full.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, original.Width);
            Assert.Equal(resized[y][x], full[i], 1e-4);
            Assert.Equal(full[i] > 0, prediction.MaskValues[0][x, y]);
        }
    }

    /// <summary>Bilinear resampling to height x width, of which the top left is kept.</summary>
    private static double[][] Resample(double[][] source, int height, int width, ImageSize kept)
    {
        double[][] result = [.. Enumerable.Range(0, kept.Height).Select(_ => new double[kept.Width])];
        for (int i = 0; i < kept.Height * kept.Width; i++)
        {
            (int y, int x) = Math.DivRem(i, kept.Width);
            (int top, int bottom, double down) = Neighbours(y, height, source.Length);
            (int left, int right, double across) = Neighbours(x, width, source[0].Length);
            double above = (source[top][left] * (1 - across)) + (source[top][right] * across);
            double below = (source[bottom][left] * (1 - across)) + (source[bottom][right] * across);
            result[y][x] = (above * (1 - down)) + (below * down);
        }

        return result;

        static (int Near, int Far, double Share) Neighbours(int at, int length, int source)
        {
            double position = Math.Max(0, ((at + 0.5) * source / length) - 0.5);
            int near = Math.Min((int)position, source - 1);
            return (near, Math.Min(near + 1, source - 1), position - near);
        }
    }

    private SamEmbedding Embedding(Frame frame, float[] values, ImageSize? original = null, ImageSize? input = null)
    {
        ImageSize whole = new(frame.Height, frame.Width);
        SamEmbedding embedding = new(1, 64, frame, model.Sha256);
        embedding.SetSizes(0, original ?? whole, input ?? whole);
        values.CopyTo(embedding.Destination(0));
        embedding.HasValues = true;
        return embedding;
    }

    private static SamPrompt Scaled(SamPrompt prompt, ImageSize original, ImageSize input)
    {
        double x = (double)input.Width / original.Width, y = (double)input.Height / original.Height;
        return new SamPrompt
        {
            Points = [.. prompt.Points.Select(point => point with { X = point.X * x, Y = point.Y * y })],
            Box = prompt.Box is { } b ? new SamBox(b.X0 * x, b.Y0 * y, b.X1 * x, b.Y1 * y) : null,
        };
    }

    private static float[] Read(string name)
    {
        using SyntheticCheckpoint source = new(TestModels.Config("tiny"));
        SamCheckpoint checkpoint = SamCheckpoint.Open(source);
        float[] values = new float[checkpoint.Find(name).ElementCount];
        checkpoint.Read(name, values);
        return values;
    }

    private static float[] Random(int count, double scale, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(((2 * random.NextDouble()) - 1) * scale))];
    }
}
