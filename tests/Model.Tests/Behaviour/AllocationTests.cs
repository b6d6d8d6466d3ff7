using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>
/// After warm-up, the overloads that fill a destination allocate nothing managed: neither the caller's thread nor any other.
/// </summary>
public sealed class AllocationTests : IDisposable
{
    private const int WarmUps = 3;
    private const int Measured = 5;

    private readonly ImageView picture = TestModels.Picture("playground_small").View;
    private SamModel? model;

    public static TheoryData<string, int> Models => new()
    {
        { "tiny", 1 },
        { "tiny", 2 },
        { "tiny", 3 },
        { "demo", 2 },
    };

    public static TheoryData<string> Prompts => ["point", "points and box", "box", "logits", "mask", "nothing", "extra"];

    public void Dispose() => model?.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void An_encode(string name, int threads)
    {
        model = TestModels.Load(name, new SamOptions { Threads = threads });
        using SamEmbedding embedding = model.Encode(picture);

        AllocatesNothing(() => model.Encode(picture, embedding));
    }

    [Fact]
    public void An_encode_of_ViT_B()
    {
        model = TestModels.Load("vit_b", new SamOptions { Threads = 2, DeferDecoder = true });
        using SamEmbedding embedding = model.Encode(picture);

        AllocatesNothing(() => model.Encode(picture, embedding), warmUps: 0, measured: 3);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_new_picture_for_a_predictor_and_a_click_on_it(string name, int threads)
    {
        model = TestModels.Load(name, new SamOptions { Threads = threads });
        using SamPredictor predictor = model.CreatePredictor();
        SamPrompt prompt = SamPrompt.At(40, 40);
        SamPrediction prediction = new();

        AllocatesNothing(() =>
        {
            predictor.SetImage(picture);
            predictor.Predict(prompt, prediction);
        });
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public void A_click(string kind)
    {
        model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamPredictor predictor = model.CreatePredictor();
        using SamEmbedding embedding = model.Encode(picture);
        predictor.SetEmbedding(embedding);
        SamPrompt prompt = Prompt(kind, predictor);
        SamPrediction prediction = new();

        AllocatesNothing(() => predictor.Predict(prompt, prediction));
        AllocatesNothing(() => predictor.Predict(prompt, prediction, multimask: false));
        AllocatesNothing(() =>
        {
            predictor.SetEmbedding(embedding);
            predictor.Predict(prompt, prediction);
        });
    }

    [Fact]
    public void The_measure_sees_one_object_of_any_thread()
    {
        object?[] kept = new object?[1];
        Assert.True(Allocated(() => kept[0] = new object(), measured: 1).Own > 0);
        (long all, long own) = Allocated(
            () =>
            {
                Thread thread = new(() => kept[0] = new byte[1000]);
                thread.Start();
                thread.Join();
            },
            measured: 1);
        Assert.True(all - own >= 1000, $"{all} bytes of all threads, {own} of this one");
    }

    private SamPrompt Prompt(string kind, SamPredictor predictor)
    {
        SamPrediction first = predictor.Predict(SamPrompt.At(40, 40));
        return kind switch
        {
            "point" => SamPrompt.At(40, 40),
            "points and box" => new SamPrompt
            {
                Points = [new(40, 40), new(80, 20, PointLabel.Background)],
                Box = new SamBox(10, 10, 100, 100),
            },
            "box" => SamPrompt.Around(10, 10, 100, 100),
            "logits" => new SamPrompt { Points = [new(40, 40)], MaskLogits = first.LowResLogitsOf(0).ToArray() },
            "mask" => new SamPrompt { Mask = first.Masks[first.Best] },
            "nothing" => new SamPrompt(),
            "extra" => new SamPrompt { ExtraEmbeddings = new float[2 * model!.Config.PromptEmbedDim] },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    private static void AllocatesNothing(Action action, int warmUps = WarmUps, int measured = Measured)
    {
        for (int i = 0; i < warmUps; i++)
        {
            action();
        }

        Assert.Equal((0, 0), Allocated(action, measured));
    }

    /// <summary>
    /// Bytes that one run allocates, of all threads and of this one. The least of several runs: the test runner has threads
    /// of its own, which may report something meanwhile; what the engine allocates, it allocates every time.
    /// </summary>
    private static (long All, long Own) Allocated(Action action, int measured)
    {
        (long All, long Own) least = (long.MaxValue, long.MaxValue);
        for (int i = 0; i < measured; i++)
        {
            long own = GC.GetAllocatedBytesForCurrentThread();
            long all = GC.GetTotalAllocatedBytes(precise: true);
            action();
            all = GC.GetTotalAllocatedBytes(precise: true) - all;
            own = GC.GetAllocatedBytesForCurrentThread() - own;
            least = (Math.Min(least.All, all), Math.Min(least.Own, own));
        }

        return least;
    }
}
