using System.Numerics.Tensors;
using SamNative.Kernels;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>NaN and infinities: refused where they enter, found where they are computed, never written.</summary>
public sealed class NonFiniteTests
{
    private static readonly ImageView picture = TestModels.Picture("playground_small").View;

    private static readonly float[] others = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    public static TheoryData<IsaLevel> Levels => [.. Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable)];

    [Fact]
    public void The_first_is_found_wherever_it_is()
    {
        for (int length = 0; length <= 70; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(i => i % 2 == 0 ? float.MaxValue : -float.Epsilon)];
            Assert.Equal(-1, Finite.IndexOfOther(values));
            for (int i = 0; i < length; i++)
            {
                values[i] = others[i % others.Length];
                values[^1] = i == length - 1 ? values[^1] : float.NaN;
                Assert.Equal(i, Finite.IndexOfOther(values));
                (values[i], values[^1]) = (1f, 1f);
            }
        }
    }

    [Fact]
    public void Pixel_values_are_refused_by_their_place()
    {
        using SamModel model = TestModels.Load("tiny");
        float[] values = new float[2 * 3 * 256 * 256];
        const int Place = (3 * 256 * 256) + 77;
        foreach (float other in others)
        {
            values[Place] = other;
            NonFiniteException error = Assert.Throws<NonFiniteException>(
                () => model.EncodePixelValues(new ReadOnlyTensorSpan<float>(values, [2, 3, 256, 256])));
            Check(error, NonFiniteValues.PixelValues, Place, other);
        }
    }

    [Fact]
    public void An_embedding_file_is_refused_by_its_name()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("e.safetensors");
        using SamModel model = TestModels.Load("tiny");
        using (SamEmbedding embedding = model.Encode(picture))
        {
            embedding.Save(path);
        }

        byte[] file = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(file.AsSpan(file.Length - 8), float.PositiveInfinity);
        File.WriteAllBytes(path, file);
        const int Place = (64 * 16 * 16) - 2;
        NonFiniteException error = Assert.Throws<NonFiniteException>(() => SamEmbedding.Load(path));
        Check(error, NonFiniteValues.EmbeddingFile, Place, float.PositiveInfinity);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Throws<NonFiniteException>(() => SamEmbedding.Load(new MemoryStream(file)));
    }

    [Fact]
    public void Prompts_are_refused_and_the_predictor_goes_on()
    {
        using SamModel model = TestModels.Load("tiny");
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(picture);
        float[] before = predictor.Predict(SamPrompt.At(40, 40)).LogitValues.ToArray();
        float[] logits = new float[64 * 64];
        float[] tokens = new float[2 * 64];
        foreach (float other in others)
        {
            (logits[4000], tokens[100]) = (other, other);
            Check(
                Assert.Throws<NonFiniteException>(() => predictor.Predict(new SamPrompt { MaskLogits = logits })),
                NonFiniteValues.MaskLogits, 4000, other);
            Check(
                Assert.Throws<NonFiniteException>(() => predictor.Predict(new SamPrompt { ExtraEmbeddings = tokens })),
                NonFiniteValues.ExtraEmbeddings, 100, other);
        }

        Assert.Equal(before, predictor.Predict(SamPrompt.At(40, 40)).LogitValues.ToArray());
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void An_embedding_that_overflows_is_found(IsaLevel isa)
    {
        using SamModel model = Overflowing(OverflowingModel.Embedding, isa);
        Assert.Equal(NonFiniteValues.Embedding, Assert.Throws<NonFiniteException>(() => model.Encode(picture)).Values);
        using SamPredictor predictor = model.CreatePredictor();
        Assert.Throws<NonFiniteException>(() => predictor.SetImage(picture));
        Assert.Null(predictor.PictureSize);
        using AutomaticMaskGenerator generator = new(model, new AutomaticMaskOptions { PointsPerSide = 2 });
        Assert.Throws<NonFiniteException>(() => generator.Generate(picture));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Scores_and_logits_that_overflow_are_found(IsaLevel isa)
    {
        foreach ((string tensor, NonFiniteValues values) in (IEnumerable<(string, NonFiniteValues)>)
            [(OverflowingModel.Scores, NonFiniteValues.Scores), (OverflowingModel.Logits, NonFiniteValues.Logits)])
        {
            using SamModel model = Overflowing(tensor, isa);
            using SamPredictor predictor = model.CreatePredictor();
            predictor.SetImage(picture);
            Assert.Equal(values, Assert.Throws<NonFiniteException>(() => predictor.Predict(SamPrompt.At(40, 40))).Values);
            using AutomaticMaskGenerator generator = new(
                model, new AutomaticMaskOptions { PointsPerSide = 2, PredIouThresh = 0, StabilityScoreThresh = 0 });
            Assert.Equal(values, Assert.Throws<NonFiniteException>(() => generator.Generate(picture)).Values);
        }
    }

    [Fact]
    public void Finite_mask_logits_that_overflow_inside_are_found()
    {
        using SamModel model = TestModels.Load("tiny");
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(picture);
        float[] logits = [.. Enumerable.Repeat(float.MaxValue, 64 * 64)];
        NonFiniteException error = Assert.Throws<NonFiniteException>(
            () => predictor.Predict(new SamPrompt { MaskLogits = logits }));
        Assert.True(error.Values is NonFiniteValues.Scores or NonFiniteValues.Logits, error.Message);
    }

    [Fact]
    public void Records_that_no_file_can_hold_are_refused_before_a_byte_is_written()
    {
        AutomaticMask good = new()
        {
            Segmentation = MaskRle.FromCounts([3, 3], new ImageSize(2, 3)),
            Bounds = new MaskBounds(1, 0, 1, 1),
            PredictedIou = 1,
            StabilityScore = float.NaN,
            Point = new SamPoint(1, 1),
            CropBox = new CropBox(0, 0, 3, 2),
        };
        foreach (AutomaticMask bad in (AutomaticMask[])
            [
                good with { PredictedIou = float.NaN },
                good with { StabilityScore = float.PositiveInfinity },
                good with { Point = new SamPoint(double.NegativeInfinity, 1) },
            ])
        {
            PictureMasks masks = new("a.png", new ImageSize(2, 3), [good, bad]);
            using MemoryStream file = new();
            Assert.Throws<NonFiniteException>(() => CocoFile.Write([masks], file));
            Assert.Throws<NonFiniteException>(() => Sa1bFile.Write(masks, file));
            Assert.Throws<NonFiniteException>(() => RecordFile.Write(masks.Masks, file));
            Assert.Equal(0, file.Length);
            using TemporaryFolder folder = new();
            Assert.Throws<NonFiniteException>(() => MaskFolder.Write(folder.File("masks"), false, masks.Masks));
            Assert.False(Directory.Exists(folder.File("masks")));
        }
    }

    private static SamModel Overflowing(string tensor, IsaLevel isa)
    {
        using SyntheticCheckpoint source = new(TestModels.Config("tiny"));
        return SamModel.Load(OverflowingModel.Of(source, tensor), new SamOptions { Isa = isa, Threads = 2 });
    }

    private static void Check(NonFiniteException error, NonFiniteValues values, long position, float value)
    {
        Assert.Equal((values, position), (error.Values, error.Position));
        Assert.Equal(value, error.Value);
        Assert.Contains($"at flat position {position}", error.Message, StringComparison.Ordinal);
    }
}
