using SamNative.Kernels;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Determinism;

/// <summary>
/// More workers than there is work: as many as <see cref="SamOptions.MaxThreads"/> at least allows, and a prime number that
/// no step has pieces for. Every entry gives the committed bytes, or those of one thread.
/// </summary>
public sealed class ManyWorkersTests
{
    /// <summary>What the process can use, and the level below it, whose tiles have another height; scalar code takes long.</summary>
    private static readonly IsaLevel[] levels =
        [.. Enum.GetValues<IsaLevel>().Where(isa => Isa.IsAvailable(isa) && (isa > IsaLevel.Scalar || Isa.Found == IsaLevel.Scalar))];

    public static TheoryData<string, string, int> Small => new(
        from item in GoldenModels.Small from workers in (int[])[64, 257] select (item.Model, item.Picture, workers));

    public static TheoryData<int, int> Rows => new(
        from rows in (int[])[1, 5, 47, 49, 192, 193, 256, 324, 1024, 4096] from tile in (int[])[6, 8] select (rows, tile));

    [Theory]
    [MemberData(nameof(Rows))]
    public void Blocks_of_rows_are_never_empty_and_cover_all_once(int rows, int tileRows)
    {
        for (int workers = 1; workers <= 300; workers++)
        {
            RowPieces pieces = RowPieces.Cut(rows, LinearForm.Plain, tileRows, workers);
            int next = 0;
            for (int i = 0; i < pieces.Count; i++)
            {
                Assert.Equal(RowPiece.Plain(next, pieces[i].BlockRows), pieces[i]);
                Assert.InRange(pieces[i].BlockRows, 1, Product.PlainRows);
                next += pieces[i].BlockRows;
            }

            Assert.Equal(rows, next);
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Strips_of_blocks_are_never_empty_and_cover_all_once(int rows, int tileRows)
    {
        foreach (int workers in (int[])[.. Enumerable.Range(1, 40), 48, 64, 96, 128, 257])
        {
            RowPieces pieces = RowPieces.Cut(rows, LinearForm.Strassen, tileRows, workers);
            int[] times = new int[rows];
            for (int i = 0; i < pieces.Count; i++)
            {
                RowPiece piece = pieces[i];
                Assert.True(i == 0 || piece.StripRows <= pieces[i - 1].StripRows, "smaller pieces come first");
                Assert.InRange(piece.StripRows, 1, StrassenProduct.QuarterRows);
                Assert.Equal(0, piece.Strip % tileRows);
                Assert.Equal(0, piece.First % StrassenProduct.BlockRows);
                for (int part = 0; part < piece.Parts; part++)
                {
                    (int row, int count) = piece.Part(part);
                    for (int r = 0; r < count; r++)
                    {
                        times[piece.First + row + r]++;
                    }
                }
            }

            Assert.All(times, time => Assert.Equal(1, time));
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Small_models_give_the_committed_bytes(string name, string picture, int workers)
    {
        foreach (IsaLevel isa in levels)
        {
            using SamModel model = TestModels.Load(name, Options(isa, workers));
            Assert.Equal(workers, model.Threads);
            Assert.Equal(ReferenceData.GoldenHash($"{name}.{picture}.embedding"), GoldenModels.Embedding(model, picture));
            Assert.Equal(ReferenceData.GoldenHash($"{name}.{picture}.logits"), GoldenModels.Logits(model, name, picture));
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(257)]
    public void Odd_widths_and_long_prompts_give_the_bytes_of_one_thread(int workers)
    {
        SamConfig tiny = TestModels.Config("tiny");
        SamConfig odd = tiny with { WindowSize = 5, ImgSize = 288, Depth = 2, GlobalAttnIndexes = [1], Seed = 5 };
        foreach (SamConfig config in (SamConfig[])
            [
                tiny,
                odd with { EmbedDim = 240, NumHeads = 3 },
                odd with { EmbedDim = 84, NumHeads = 6 },
                odd with { PromptEmbedDim = 40, DecoderHeads = 2 },
                odd with { PromptEmbedDim = 24, DecoderHeads = 1 },
                odd with { PromptEmbedDim = 64, DecoderHeads = 8 },
            ])
        {
            foreach (IsaLevel isa in levels)
            {
                Assert.Equal(Answers(config, Options(isa, 1)), Answers(config, Options(isa, workers)));
            }
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(257)]
    public void Everything_gives_the_committed_bytes(int workers)
    {
        string golden = ReferenceData.GoldenHash("demo.playground.automatic");
        using SamModel model = TestModels.Load("demo", Options(Isa.Found, workers));
        Assert.Equal(golden, GoldenModels.Automatic(model));
    }

    [Fact]
    public void An_encoder_with_many_tokens_gives_the_committed_bytes()
    {
        Assert.SkipWhen(Isa.Found == IsaLevel.Scalar, "scalar code alone takes minutes");
        string golden = ReferenceData.GoldenHash("many_tokens.embedding");
        bool all = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1";
        foreach (int workers in all ? (int[])[64, 257] : [64])
        {
            using SamModel model = SamModel.Load(
                new SyntheticCheckpoint(GoldenModels.ManyTokens), Options(Isa.Found, workers) with { DeferDecoder = true });
            Assert.Equal(golden, GoldenModels.Embedding(model, "playground"));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10_000)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Other_numbers_of_threads_are_refused_with_the_range(int threads)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => new SamOptions { Threads = threads });
        Assert.Contains($"1 to {SamOptions.MaxThreads}", error.Message, StringComparison.Ordinal);
        Assert.Equal(Math.Max(64, Environment.ProcessorCount), SamOptions.MaxThreads);
    }

    [Fact]
    public void The_most_threads_are_taken()
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = SamOptions.MaxThreads });
        Assert.Equal(SamOptions.MaxThreads, model.Threads);
        Assert.Equal(ReferenceData.GoldenHash("tiny.tree_small.embedding"), GoldenModels.Embedding(model, "tree_small"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(30)]
    public void A_thread_that_cannot_be_started_ends_the_load_and_leaves_nothing(int good)
    {
        long before = NativeBuffer.LiveBytes;
        List<Thread> started = [];
        SamOptions options = new() { MakePool = () => new WorkerPool(64, Start) };
        Assert.Throws<NotSupportedException>(() => TestModels.Load("tiny", options));
        Assert.Equal(good, started.Count);
        Assert.All(started, thread => Assert.False(thread.IsAlive));
        Assert.Equal(before, NativeBuffer.LiveBytes);

        void Start(Thread thread)
        {
            if (started.Count == good)
            {
                throw new NotSupportedException("no thread");
            }

            thread.Start();
            started.Add(thread);
        }
    }

    private static SamOptions Options(IsaLevel isa, int workers) => new() { Isa = isa, MakePool = () => new WorkerPool(workers) };

    /// <summary>The hash of an embedding and of what is answered to a short prompt, a long one and one with a mask.</summary>
    private static string Answers(SamConfig config, SamOptions options)
    {
        using SamModel model = SamModel.Load(new SyntheticCheckpoint(config), options);
        using SamEmbedding embedding = model.Encode(TestModels.Picture("tree_small").View);
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetEmbedding(embedding);
        SamPrediction one = predictor.Predict(SamPrompt.At(50, 37));
        SamPrediction many = predictor.Predict(
            new SamPrompt { Points = [.. Enumerable.Range(0, 40).Select(i => new SamPoint(i, 2 * i, (PointLabel)(i % 2)))] });
        SamPrediction refined = predictor.Predict(new SamPrompt { MaskLogits = one.LowResLogitsOf(0) });
        return Hashes.Of((float[])
            [.. embedding.Values, .. one.LogitValues, .. one.Scores, .. many.LogitValues, .. many.Scores, .. refined.LogitValues]);
    }
}
