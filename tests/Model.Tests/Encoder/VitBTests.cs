using System.Numerics.Tensors;
using SamNative.Kernels;
using SamNative.Model.Tests.Predicting;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Encoder;

/// <summary>The synthetic ViT-B (seed 0), loaded once for the tests that need its size.</summary>
public sealed class VitBModel : IDisposable
{
    public SamModel Model { get; } = SamModel.Load(new SyntheticCheckpoint(SamConfig.VitB with { Seed = 0 }));

    public void Dispose() => Model.Dispose();
}

/// <summary>The real size against the original: samples of every stage, embeddings, prompts.</summary>
public sealed class VitBTests(VitBModel fixture) : IClassFixture<VitBModel>
{
    [Theory]
    [InlineData("playground")]
    [InlineData("truck")]
    [InlineData("dog")]
    public void Embeddings_and_masks_are_the_original_s(string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"vit_b.{picture}.encoder.safetensors");
        using SamEmbedding embedding = fixture.Model.Encode(TestModels.Picture(picture).View);
        Assert.Equal(reference.Size("input_size"), embedding.InputSize);
        Closeness closeness = Closeness.Of(embedding.Values, reference.Floats("embedding"));
        TestContext.Current.TestOutputHelper?.WriteLine($"vit_b {picture} embedding: {closeness}");
        Assert.True(closeness.MaxAbs <= 3e-5 && closeness.RelativeRms <= 5e-6, closeness.ToString());

        PromptParityTests.Check(fixture.Model, $"vit_b.{picture}", embedding, bar: 6e-5);
    }

    [Theory]
    [InlineData("playground")]
    [InlineData("truck")]
    [InlineData("dog")]
    public void Samples_of_every_stage_are_the_original_s(string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"vit_b.{picture}.encoder.safetensors");
        SamModel model = fixture.Model;
        using EncoderTrace trace = new(model);
        int block = 0;
        trace.Run(TestModels.Picture(picture).View, step =>
        {
            switch (step.Name)
            {
                case "neck.0":
                    // The reference has channels first, the map channels last.
                    ActivationMap neck = step.Writes[0];
                    int tokens = neck.Rows * neck.Columns;
                    Compare(reference, "neck.1", tokens * neck.Channels, at => trace.Value(neck, at % tokens, at / tokens));
                    break;
                case "neck.2":
                    ActivationMap last = step.Writes[0];
                    tokens = last.Rows * last.Columns;
                    Compare(reference, "neck.3", tokens * last.Channels, at => trace.Value(last, at % tokens, at / tokens));
                    break;
                case "result":
                    Compare(reference, "neck.3", trace.Embedding.Length, at => trace.Embedding[at]);
                    break;
                case var name when name.EndsWith(".mlp", StringComparison.Ordinal):
                    ActivationMap x = step.Writes[0];
                    int values = x.Rows * x.Columns * x.Channels;
                    Compare(reference, $"block.{block}", values, at => trace.Value(x, at / x.Channels, at % x.Channels));
                    block++;
                    break;
                default:
                    break;
            }
        });

        Assert.Equal(model.Config.Depth, block);
    }

    [Fact]
    public void A_batch_of_two_zero_pictures_gives_two_equal_embeddings_of_the_original()
    {
        using ReferenceTensors reference = ReferenceTensors.Open("vit_b.zeros.safetensors");
        float[] zeros = new float[2 * 3 * 1024 * 1024];
        using SamEmbedding embedding = fixture.Model.EncodePixelValues(new ReadOnlyTensorSpan<float>(zeros, [2, 3, 1024, 1024]));

        Assert.Equal([2, 256, 64, 64], embedding.Tensor.Lengths.ToArray());
        Assert.True(embedding.At(0).SequenceEqual(embedding.At(1)));
        float[] values = embedding.At(0).ToArray();
        Compare(reference, "embedding", values.Length, at => values[at], "embedding.sample");
        Assert.Equal(double.Parse(reference.Text("sum")), values.Sum(value => (double)value), 1.0);
        Assert.Equal(double.Parse(reference.Text("abs_sum")), values.Sum(value => Math.Abs((double)value)), 1.0);
    }

    /// <summary>
    /// On every machine: at the level that it uses, and at the other ones that it has. Scalar code would take minutes, so it
    /// counts only where there is nothing else.
    /// </summary>
    [Fact]
    public void The_embedding_has_the_committed_bytes_at_every_level_of_this_machine()
    {
        string golden = ReferenceData.GoldenHash("vit_b.playground.embedding");
        ImageView picture = TestModels.Picture("playground").View;
        using SamEmbedding embedding = fixture.Model.Encode(picture);
        Assert.True(golden == Hashes.Of(embedding.Values), $"{fixture.Model.Isa}: {Hashes.Of(embedding.Values)}, not {golden}");

        foreach (IsaLevel isa in Enum.GetValues<IsaLevel>())
        {
            if (isa > IsaLevel.Scalar && isa != fixture.Model.Isa && Isa.IsAvailable(isa))
            {
                using SamModel other = SamModel.Load(
                    new SyntheticCheckpoint(SamConfig.VitB with { Seed = 0 }), new SamOptions { Isa = isa, DeferDecoder = true });
                using SamEmbedding there = other.Encode(picture);
                Assert.True(golden == Hashes.Of(there.Values), $"{isa}: {Hashes.Of(there.Values)}, not {golden}");
            }
        }
    }

    [Fact]
    public void The_plan_is_the_model_s()
    {
        EncoderPlan plan = EncoderPlan.Create(SamConfig.VitB);
        Assert.Equal(89_670_912, plan.Parameters);
        Assert.InRange(plan.Flops / 1e9, 900, 940);
        Assert.Equal(1 + (12 * 4) + 2 + 1, plan.Steps.Count);
        Assert.Equal([2, 5, 8, 11], plan.Steps.Where(step => step.Kind == "attention, global").Select(step => int.Parse(step.Name.Split('.')[1])));
    }

    private static void Compare(
        ReferenceTensors reference, string name, int count, Func<long, float> value, string? tensor = null)
    {
        long[] positions = reference.Longs($"sample_index.{count}");
        float[] expected = reference.Floats(tensor ?? $"sample.{name}");
        Closeness closeness = Closeness.Of(Array.ConvertAll(positions, at => value(at)), expected);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {closeness}");
        Assert.True(closeness.MaxAbs <= 3e-5 * Math.Max(1, closeness.Rms) && closeness.RelativeRms <= 5e-6, $"{name}: {closeness}");
    }
}
