using System.Diagnostics;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Loading;

/// <summary>Checkpoints in half precision: they load, and cost the error of their rounding and no more.</summary>
public sealed class HalfPrecisionTests
{
    [Theory]
    [InlineData(TensorDtype.F16)]
    [InlineData(TensorDtype.BF16)]
    public void A_rounded_file_gives_what_its_rounded_values_give(TensorDtype dtype)
    {
        using SyntheticCheckpoint exact = new(TestModels.Config("tiny"));
        byte[] rounded = Save(exact, dtype);
        using SafetensorsFile file = SafetensorsFile.Open(rounded);
        byte[] widened = Save(file, TensorDtype.F32);

        (float[] expected, float[] expectedLogits) = Run(SamModel.Load(widened));
        (float[] values, float[] logits) = Run(SamModel.Load(rounded));

        Assert.Equal(expected, values);
        Assert.Equal(expectedLogits, logits);
    }

    [Theory]
    [InlineData(TensorDtype.F16)]
    [InlineData(TensorDtype.BF16)]
    public void The_error_is_that_of_rounding(TensorDtype dtype)
    {
        using SyntheticCheckpoint exact = new(TestModels.Config("tiny"));
        (float[] expected, _) = Run(SamModel.Load(new SyntheticCheckpoint(TestModels.Config("tiny"))));
        (float[] values, _) = Run(SamModel.Load(Save(exact, dtype)));

        Check("tiny", dtype, Closeness.Of(values, expected), TestModels.Config("tiny"));
    }

    [Fact]
    public void The_error_of_ViT_B_is_that_of_rounding()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1", "three encodes of ViT-B: set SAMNATIVE_LONG=1");
        SamConfig config = SamConfig.VitB with { Seed = 0 };
        using SyntheticCheckpoint exact = new(config);
        foreach (string picture in new[] { "playground", "dog" })
        {
            float[] expected = Encode(SamModel.Load(new SyntheticCheckpoint(config)), picture);
            foreach (TensorDtype dtype in new[] { TensorDtype.F16, TensorDtype.BF16 })
            {
                byte[] file = Save(exact, dtype);
                Stopwatch load = Stopwatch.StartNew();
                SamModel model = SamModel.Load(file);
                load.Stop();
                Closeness closeness = Closeness.Of(Encode(model, picture), expected);
                TestContext.Current.TestOutputHelper?.WriteLine(
                    $"{picture}: {file.Length:N0} bytes, loaded in {load.ElapsedMilliseconds} ms, RMS {closeness.Rms:F3}");
                Check($"vit_b {picture}", dtype, closeness, config);
            }
        }
    }

    /// <summary>
    /// Every weight is off by at most u of itself, at random: 0.41 u in the mean square, u being the unit roundoff. A
    /// product's result then is as well, the results of all products add like noise, and normalisation keeps their size:
    /// u times the square root of their number is more than enough, and less than a tenth of u would be a wonder.
    /// </summary>
    private static void Check(string what, TensorDtype dtype, Closeness closeness, SamConfig config)
    {
        double roundoff = dtype == TensorDtype.F16 ? Math.ScaleB(1, -11) : Math.ScaleB(1, -8);
        int products = 1 + (4 * config.Depth) + 2;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{what} {dtype}: {closeness}, {closeness.RelativeRms / roundoff:F2} u");
        Assert.InRange(closeness.RelativeRms, 0.1 * roundoff, Math.Sqrt(products) * roundoff);
    }

    private static float[] Encode(SamModel model, string picture)
    {
        using (model)
        {
            using SamEmbedding embedding = model.Encode(TestModels.Picture(picture).View);
            return embedding.Values;
        }
    }

    private static (float[] Embedding, float[] Logits) Run(SamModel model)
    {
        using (model)
        {
            using SamEmbedding embedding = model.Encode(TestModels.Picture("playground_small").View);
            using SamPredictor predictor = model.CreatePredictor();
            predictor.SetEmbedding(embedding);
            return (embedding.Values, predictor.Predict(SamPrompt.At(60, 40)).LowResLogitsOf(0).ToArray());
        }
    }

    private static byte[] Save(TensorSource source, TensorDtype dtype)
    {
        using MemoryStream stream = new();
        new CheckpointConverter(SamCheckpoint.Open(source)) { Dtype = dtype }.ToWriter("").Save(stream);
        return stream.ToArray();
    }
}
