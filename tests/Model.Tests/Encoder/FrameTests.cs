using SamNative.Kernels;
using SamNative.Model.Tests.Determinism;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Encoder;

/// <summary>Other input sizes than the checkpoint's, and frames of a picture's own shape.</summary>
public sealed class FrameTests
{
    private static readonly IsaLevel[] levels = [.. Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable)];

    /// <summary>Pictures of all shapes for the tiny model, whose square has 16 x 16 tokens, its windows 7.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 120, 180, 11, 16 },
        { 180, 120, 16, 11 },
        { 60, 600, 2, 16 },
        { 600, 20, 16, 1 },
        { 256, 250, 16, 16 },
        { 100, 208, 8, 16 },
    };

    [Fact]
    public void Embeddings_masks_and_scores_at_another_size_are_the_original_s()
    {
        using ReferenceTensors reference = ReferenceTensors.Open("tiny.at_320.safetensors");
        using SamModel model = TestModels.Load("tiny", new SamOptions { InputSize = 320 });
        ImageSize size = reference.Size("original_size");
        using SamPredictor predictor = model.CreatePredictor();
        using SamEmbedding embedding = model.Encode(new ImageView(reference.Bytes("image"), size.Width, size.Height));

        Assert.Equal(320, model.InputSize);
        Assert.Equal(new Frame(20, 20, 16), embedding.Frame);
        Assert.Equal(reference.Size("input_size"), embedding.InputSize);
        Near(reference.Floats("embedding"), embedding.At(0));
        predictor.SetEmbedding(embedding);
        foreach (PromptCase item in PromptCase.Of(reference))
        {
            SamPrediction answer = predictor.Predict(item.ToPrompt(), item.Multimask);
            Assert.InRange(Closeness.Of(answer.LogitValues, item.LowResLogits).MaxAbs, 0, 2e-5);
            Assert.InRange(Closeness.Of(answer.Scores, item.Iou).MaxAbs, 0, 5e-6);
            for (int i = 0; i < answer.Masks.Count * size.Width * size.Height; i++)
            {
                (int mask, int pixel) = Math.DivRem(i, size.Width * size.Height);
                Assert.Equal(item.Bit(mask, pixel), answer.Masks[mask][pixel % size.Width, pixel / size.Width]);
            }
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(640)]
    public void Samples_of_ViT_B_s_embedding_at_another_size_are_the_original_s(int side)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"vit_b.at_{side}.safetensors");
        using SamModel model = SamModel.Load(
            new SyntheticCheckpoint(SamConfig.VitB with { Seed = 0 }), new SamOptions { InputSize = side, DeferDecoder = true });
        using SamEmbedding embedding = model.Encode(TestModels.Picture("dog").View);

        long[] positions = reference.Longs($"sample_index.{embedding.Tensor.FlattenedLength}");
        float[] values = embedding.At(0).ToArray();
        Near(reference.Floats("embedding.sample"), Array.ConvertAll(positions, at => values[at]));
    }

    /// <summary>The plain executor on the same frame, whose positions are those of the square where the frame lies.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_tight_frame_gives_what_the_reference_gives_at_every_level(int height, int width, int rows, int columns)
    {
        ImageView picture = Picture(height, width);
        Frame frame = new(rows, columns, 16);
        float[] expected = Reference(picture, frame);
        string? first = null;
        foreach (IsaLevel isa in levels)
        {
            foreach (int threads in (int[])[1, 3])
            {
                SamOptions options = new() { InputFit = InputFit.Tight, Isa = isa, Threads = threads, DeferDecoder = true };
                using SamModel model = TestModels.Load("tiny", options);
                using SamEmbedding embedding = model.Encode(picture);
                Assert.Equal(frame, model.FrameOf(new ImageSize(height, width)));
                Assert.Equal(frame, embedding.Frame);
                Near(expected, embedding.At(0));
                first ??= Hashes.Of(embedding.Values);
                Assert.Equal(first, Hashes.Of(embedding.Values));
            }
        }
    }

    [Fact]
    public void A_square_picture_gives_the_same_bytes_in_both_fits()
    {
        ImageView picture = Picture(300, 300);
        using SamModel padded = TestModels.Load("tiny");
        using SamModel tight = TestModels.Load("tiny", new SamOptions { InputFit = InputFit.Tight });
        using SamEmbedding one = padded.Encode(picture), other = tight.Encode(picture);
        Assert.Equal(Hashes.Of(one.Values), Hashes.Of(other.Values));
    }

    /// <summary>Strassen's form stays on a frame with fewer tokens than it is chosen for.</summary>
    [Fact]
    public void A_tight_frame_of_a_large_model_has_the_same_bytes_at_every_level()
    {
        string? first = null;
        foreach (IsaLevel isa in levels.Where(isa => isa > IsaLevel.Scalar))
        {
            foreach (int threads in (int[])[2, 5])
            {
                SamOptions options = new() { InputFit = InputFit.Tight, Isa = isa, Threads = threads, DeferDecoder = true };
                using SamModel model = SamModel.Load(new SyntheticCheckpoint(GoldenModels.ManyTokens), options);
                using SamEmbedding embedding = model.Encode(Picture(200, 900));
                Assert.True(embedding.Frame.Rows < embedding.Frame.Columns, "the frame was not cut");
                first ??= Hashes.Of(embedding.Values);
                Assert.Equal(first, Hashes.Of(embedding.Values));
            }
        }
    }

    [Fact]
    public void One_predictor_answers_in_frame_after_frame_and_takes_its_own_logits_back()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { InputFit = InputFit.Tight });
        using SamPredictor predictor = model.CreatePredictor();
        foreach ((int height, int width) in ((int, int)[])[(120, 180), (60, 600), (300, 300), (180, 120)])
        {
            predictor.SetImage(Picture(height, width));
            SamPrediction answer = predictor.Predict(SamPrompt.At(width / 2, height / 2));
            Assert.Equal((width, height), (answer.Masks[0].Width, answer.Masks[0].Height));
            Frame frame = model.FrameOf(new ImageSize(height, width));
            Assert.Equal([3, 4 * frame.Rows, 4 * frame.Columns], answer.LowResLogits.Lengths.ToArray());
            SamPoint[] click = [new SamPoint(width / 2, height / 2)];
            predictor.Predict(new SamPrompt { Points = click, MaskLogits = answer.LowResLogitsOf(0) });
            predictor.Predict(new SamPrompt { Points = click, Mask = answer.Masks[0] });
        }
    }

    [Fact]
    public void Everything_is_found_in_a_tight_frame_with_crops_of_other_frames()
    {
        using SamModel model = TestModels.Load("demo", new SamOptions { InputFit = InputFit.Tight });
        using AutomaticMaskGenerator generator = new(model, new AutomaticMaskOptions { PointsPerSide = 8, CropNLayers = 1 });
        ImageView picture = TestModels.Picture("playground").View;

        IReadOnlyList<AutomaticMask> masks = generator.Generate(picture);

        Assert.NotEmpty(masks);
        Assert.All(masks, mask => Assert.Equal((picture.Width, picture.Height), (mask.Segmentation.Size.Width, mask.Segmentation.Size.Height)));
    }

    [Fact]
    public void A_saved_embedding_of_a_tight_frame_is_read_and_answers_alike()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { InputFit = InputFit.Tight });
        using SamEmbedding made = model.Encode(Picture(120, 180));
        using MemoryStream file = new();
        made.Save(file);
        file.Position = 0;
        using SamEmbedding read = SamEmbedding.Load(file, "it.safetensors");

        Assert.Equal(made.Frame, read.Frame);
        Assert.Equal(Answer(model, made), Answer(model, read));
    }

    [Fact]
    public void Many_shapes_leave_the_memory_of_a_few()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { InputFit = InputFit.Tight, DeferDecoder = true });
        long few = 0;
        for (int i = 1; i <= 16 * 16; i++)
        {
            int other = (i % 16) + 1;
            using SamEmbedding embedding = model.Encode(i / 16 % 2 == 0 ? Picture(256, 16 * other) : Picture(16 * other, 256));
            if (i == 8)
            {
                few = NativeBuffer.LiveBytes;
            }
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(NativeBuffer.LiveBytes, 0, 3 * few);
    }

    [Fact]
    public void Pictures_of_other_frames_are_refused_together()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { InputFit = InputFit.Tight, DeferDecoder = true });
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => model.Encode([Picture(120, 180), Picture(180, 120)]));
        Assert.Contains("180 x 120", error.Message + "120 x 180", StringComparison.Ordinal);
        using SamEmbedding both = model.Encode([Picture(120, 180), Picture(240, 360)]);
        Assert.Equal([2, 64, 11, 16], both.Tensor.Lengths.ToArray());
    }

    [Theory]
    [InlineData(255)]
    [InlineData(0)]
    [InlineData(2049)]
    public void Sizes_out_of_range_are_refused(int side)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => new SamOptions { InputSize = side });
        Assert.Contains("256 to 2048", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_that_is_no_multiple_of_the_patch_is_refused_with_one_that_is()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => TestModels.Load("tiny", new SamOptions { InputSize = 500 }));
        Assert.Contains("for example 496", error.Message, StringComparison.Ordinal);
    }

    private static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> computed)
    {
        Closeness closeness = Closeness.Of(computed, expected);
        TestContext.Current.TestOutputHelper?.WriteLine(closeness.ToString());
        Assert.True(closeness.MaxAbs <= 3e-5 && closeness.RelativeRms <= 5e-6, closeness.ToString());
    }

    private static float[] Reference(ImageView picture, Frame frame)
    {
        SamConfig config = TestModels.Config("tiny");
        Placement placement = Preprocessing.Sam.Place(new ImageSize(picture.Height, picture.Width), config.ImgSize);
        byte[] resized = new byte[placement.Resized.Height * placement.Resized.Width * 4];
        float[] pixels = new float[3 * frame.Height * frame.Width];
        unsafe
        {
            using WorkerPool pool = new(1);
            using PictureResizer resizer = new(KernelTable.For(IsaLevel.Scalar), 1);
            fixed (byte* result = resized)
            {
                resizer.Run(pool, picture, placement, Preprocessing.Sam.Filter, result, default);
                for (int row = 0; row < 3 * frame.Height; row++)
                {
                    Preprocessing.Sam.Normalisation.Write(
                        result, placement, row / frame.Height, row % frame.Height, 0, pixels.AsSpan(row * frame.Width, frame.Width));
                }
            }
        }

        using SyntheticCheckpoint source = new(config);
        float[] embedding = [];
        new ReferenceEncoder(
            SamCheckpoint.Open(source), frame, (name, values) => embedding = name == "embedding" ? values : embedding).Run(pixels);
        return embedding;
    }

    private static float[] Answer(SamModel model, SamEmbedding embedding)
    {
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetEmbedding(embedding);
        return predictor.Predict(SamPrompt.At(40, 30)).LogitValues.ToArray();
    }

    private static ImageView Picture(int height, int width)
    {
        byte[] rgb = new byte[height * width * 3];
        new Random(height + width).NextBytes(rgb);
        return new ImageView(rgb, width, height);
    }
}
