using SamNative.Kernels;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Determinism;

/// <summary>The same bytes for every instruction set, thread count and run: the committed ones.</summary>
[Trait("Lane", "all")]
public sealed class HashTests
{
    public static TheoryData<string, string> Small => [.. GoldenModels.Small];

    /// <summary>The levels this process can run.</summary>
    private static IsaLevel[] Levels => [.. Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable)];

    [Fact]
    public void The_switches_of_the_lane_took_effect()
    {
        string? Switch(string name) => Environment.GetEnvironmentVariable($"DOTNET_{name}");
        bool none = Switch("EnableHWIntrinsic") == "0";
        if (none || Switch("EnableAVX2") == "0")
        {
            Assert.False(Isa.IsAvailable(IsaLevel.Avx2));
        }

        if (none || Switch("EnableAVX512") == "0")
        {
            Assert.False(Isa.IsAvailable(IsaLevel.Avx512));
        }

        if (Environment.GetEnvironmentVariable(Isa.EnvironmentVariable) is string forced)
        {
            using SamModel model = TestModels.Load("tiny");
            Assert.Equal(forced, model.Isa.ToString(), ignoreCase: true);
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Embeddings_have_the_committed_bytes_for_every_level_and_thread_count(string modelName, string picture)
    {
        string golden = ReferenceData.GoldenHash($"{modelName}.{picture}.embedding");
        foreach (IsaLevel isa in Levels)
        {
            foreach (int threads in (int[])[1, 2, 3, 7])
            {
                using SamModel model = TestModels.Load(modelName, new SamOptions { Isa = isa, Threads = threads });
                for (int run = 0; run < (isa == IsaLevel.Scalar ? 1 : 3); run++)
                {
                    string hash = GoldenModels.Embedding(model, picture);
                    Assert.True(golden == hash, $"{modelName} {picture} on {isa}, {threads} threads, run {run}: {hash}, not {golden}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Masks_have_the_committed_bytes_for_every_level_and_thread_count(string modelName, string picture)
    {
        string golden = ReferenceData.GoldenHash($"{modelName}.{picture}.logits");
        foreach (IsaLevel isa in Levels)
        {
            foreach (int threads in isa == IsaLevel.Scalar ? (int[])[2] : [1, 2, 3, 7])
            {
                using SamModel model = TestModels.Load(modelName, new SamOptions { Isa = isa, Threads = threads });
                string hash = GoldenModels.Logits(model, modelName, picture);
                Assert.True(golden == hash, $"{modelName} {picture} on {isa}, {threads} threads: {hash}, not {golden}");
            }
        }
    }

    /// <summary>Prompts on both sides of the length from which they are no longer folded into weights.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(40)]
    public void Prompts_of_any_length_have_the_committed_bytes(int points)
    {
        string golden = ReferenceData.GoldenHash($"tiny.tree_small.{points}points.logits");
        SamPoint[] all = [.. Enumerable.Range(0, points).Select(i => new SamPoint(i, 2 * i, (PointLabel)(i % 2)))];
        foreach (IsaLevel isa in Levels)
        {
            foreach (int threads in isa == IsaLevel.Scalar ? (int[])[2] : [1, 2, 3, 7])
            {
                using SamModel model = TestModels.Load("tiny", new SamOptions { Isa = isa, Threads = threads });
                using SamPredictor predictor = model.CreatePredictor();
                predictor.SetImage(TestModels.Picture("tree_small").View);
                string hash = Hashes.Of(predictor.Predict(new SamPrompt { Points = all }).LogitValues);
                Assert.True(golden == hash, $"{points} points on {isa}, {threads} threads: {hash}, not {golden}");
            }
        }
    }

    /// <summary>Decoders whose widths are no multiple of a vector, on an image that is no multiple of a part.</summary>
    [Theory]
    [InlineData(40, 2)]
    [InlineData(24, 1)]
    [InlineData(64, 8)]
    public void Folded_prompts_of_odd_widths_are_those_of_the_plain_path_at_every_level(int width, int heads)
    {
        SamConfig config = TestModels.Config("tiny") with
        {
            PromptEmbedDim = width,
            DecoderHeads = heads,
            ImgSize = 288,
            Depth = 1,
            GlobalAttnIndexes = [],
            Seed = 7,
        };
        float[]? plain = null;
        float[]? folded = null;
        foreach ((IsaLevel isa, int threads) in Levels.Select(isa => (isa, 2)).Append((Levels[^1], 3)))
        {
            using SamModel model = SamModel.Load(
                new SyntheticCheckpoint(config), new SamOptions { Isa = isa, Threads = threads });
            using SamPredictor predictor = model.CreatePredictor();
            predictor.SetImage(TestModels.Picture("playground_small").View);
            predictor.FoldsShortPrompts = false;
            plain ??= predictor.Predict(SamPrompt.At(50, 37)).LogitValues.ToArray();
            predictor.FoldsShortPrompts = true;
            float[] here = predictor.Predict(SamPrompt.At(50, 37)).LogitValues.ToArray();
            folded ??= here;
            Assert.Equal(Hashes.Of(folded), Hashes.Of(here));
            Assert.True(Closeness.Of(here, plain).MaxAbs <= 2e-5, $"{isa}: {Closeness.Of(here, plain)}");
        }
    }

    /// <summary>All records, with crops, suppression and regions: the demo model on a coarse grid.</summary>
    [Fact]
    public void Automatic_masks_have_the_committed_bytes_for_every_level_and_thread_count()
    {
        string golden = ReferenceData.GoldenHash("demo.playground.automatic");
        foreach (IsaLevel isa in Levels)
        {
            foreach (int threads in isa == IsaLevel.Scalar ? (int[])[2] : [1, 2, 3, 7])
            {
                using SamModel model = TestModels.Load("demo", new SamOptions { Isa = isa, Threads = threads });
                string hash = GoldenModels.Automatic(model);
                Assert.True(golden == hash, $"{isa}, {threads} threads: {hash}, not {golden}");
            }
        }
    }

    [Fact]
    public void Every_map_of_the_tiny_plan_has_the_same_bytes_at_every_level_after_every_step()
    {
        Dictionary<IsaLevel, List<string>> traces = [];
        foreach (IsaLevel isa in Levels)
        {
            using SamModel model = TestModels.Load("tiny", new SamOptions { Isa = isa, Threads = 2 });
            using EncoderTrace trace = new(model);
            traces[isa] = [];
            trace.Run(TestModels.Picture("tree_small").View, step =>
            {
                foreach (ActivationMap map in model.Plan.Maps)
                {
                    traces[isa].Add($"{step.Name} {map.Name} {Hashes.Of(trace.Everything(map))}");
                }
            });
        }

        foreach (IsaLevel isa in Levels)
        {
            Assert.Equal(traces[IsaLevel.Scalar], traces[isa]);
        }
    }

    /// <summary>
    /// Large enough for Strassen's algorithm, and a last block of rows that is not whole. The scalar lane takes minutes, so
    /// it is left to the long runs; products by themselves are compared with it always.
    /// </summary>
    [Fact]
    public void An_encoder_with_many_tokens_has_the_committed_bytes()
    {
        string golden = ReferenceData.GoldenHash("many_tokens.embedding");
        bool all = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1";
        IsaLevel[] levels = [.. Levels.Where(isa => all || isa > IsaLevel.Scalar)];
        Assert.SkipWhen(levels.Length == 0, "scalar code alone: takes minutes, set SAMNATIVE_LONG=1");
        foreach (IsaLevel isa in levels)
        {
            foreach (int threads in (int[])[1, 2, 3])
            {
                using SamModel model = SamModel.Load(
                    new SyntheticCheckpoint(GoldenModels.ManyTokens),
                    new SamOptions { Isa = isa, Threads = threads, DeferDecoder = true });
                Assert.Equal(LinearForm.Strassen, VitGeometry.Square(model.Config, model.Config.ImgSize, plain: false).Form);
                using SamEmbedding embedding = model.Encode(TestModels.Picture("playground").View);
                string hash = Hashes.Of(embedding.Values);
                Assert.True(golden == hash, $"{isa}, {threads} threads: {hash}, not {golden}");
            }
        }
    }

    /// <summary>Widths that are no multiple of a vector: head dim 80 and 14, windows of 5, a grid of 18.</summary>
    [Theory]
    [InlineData(240, 3, 288)]
    [InlineData(84, 6, 288)]
    public void Odd_widths_give_the_scalar_lane_s_bytes(int width, int heads, int side)
    {
        SamConfig config = TestModels.Config("tiny") with
        {
            EmbedDim = width,
            NumHeads = heads,
            WindowSize = 5,
            ImgSize = side,
            Depth = 2,
            GlobalAttnIndexes = [1],
            Seed = 5,
        };
        string name = $"head{width / heads}";
        string embeddingGolden = ReferenceData.GoldenHash($"{name}.embedding");
        string logitsGolden = ReferenceData.GoldenHash($"{name}.logits");
        foreach ((IsaLevel isa, int threads) in Levels.Select(isa => (isa, 2)).Append((Levels[^1], 3)))
        {
            using SamModel model = SamModel.Load(
                new SyntheticCheckpoint(config), new SamOptions { Isa = isa, Threads = threads });
            using SamPredictor predictor = model.CreatePredictor();
            using SamEmbedding embedding = model.Encode(TestModels.Picture("playground_small").View);
            predictor.SetEmbedding(embedding);
            SamPrediction prediction = predictor.Predict(SamPrompt.At(50, 37));
            string embeddingHash = Hashes.Of(embedding.Values);
            string logitsHash = Hashes.Of(prediction.LogitValues);
            Assert.True(embeddingHash == embeddingGolden, $"{name} on {isa}: embedding {embeddingHash}");
            Assert.True(logitsHash == logitsGolden, $"{name} on {isa}: logits {logitsHash}");
        }
    }
}
