using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>
/// What the model is timed on. One ViT-B is loaded for all of it, when it is first needed. This is the one file that knows
/// how the encoder's steps are called.
/// </summary>
internal static unsafe class ModelWork
{
    private const int WindowedBlock = 0;
    private const int GlobalBlock = 2;

    private static readonly Lazy<SamModel> model = new(Load);
    private static readonly Lazy<EncoderRun> run = new(Begin);
    private static readonly EncoderPlan plan = EncoderPlan.Create(SamConfig.VitB);

    public static IEnumerable<Work> Steps =>
        from step in plan.Steps
        where !step.Name.StartsWith("blocks.", StringComparison.Ordinal)
            || step.Name.StartsWith($"blocks.{WindowedBlock}.", StringComparison.Ordinal)
            || step.Name.StartsWith($"blocks.{GlobalBlock}.", StringComparison.Ordinal)
        select new Work(step.Name, step.Flops / 1e9, () => Prepare(step));

    public static Work Encode { get; } = new("1024 x 1024", plan.Flops / 1e9, () =>
    {
        ImageView picture = Picture();
        SamEmbedding embedding = model.Value.Encode(picture);
        return () => model.Value.Encode(picture, embedding);
    });

    public static Work Click { get; } = new("three masks", 0, () =>
    {
        ImageSize photograph = new(Height: 683, Width: 1024);
        SamEmbedding embedding = model.Value.Encode(new ImageView(new byte[683 * 1024 * 3], 1024, 683));
        SamPredictor predictor = model.Value.CreatePredictor();
        predictor.SetEmbedding(embedding);
        SamPrompt click = SamPrompt.At(photograph.Width / 2, photograph.Height / 2);
        SamPrediction answer = predictor.Predict(click);
        return () => predictor.Predict(click, answer);
    });

    public static Work Everything { get; } = new("64 points", 0, () =>
    {
        AutomaticMaskOptions all = new() { PointsPerSide = 8, PredIouThresh = 0, StabilityScoreThresh = 0 };
        SamEmbedding embedding = model.Value.Encode(new ImageView(new byte[534 * 800 * 3], 800, 534));
        AutomaticMaskGenerator generator = new(model.Value, all);
        return () => generator.Generate(embedding);
    });

    /// <summary>Loads another one.</summary>
    public static SamModel Load() => SamModel.Load(EncoderFiles.Prepare(null).Checkpoint);

    public static void EncodeOnce(SamModel fresh) => fresh.Encode(Picture()).Dispose();

    private static Action Prepare(EncoderStep step)
    {
        int index = plan.Steps.ToList().FindIndex(other => other.Name == step.Name);
        EncoderRun prepared = run.Value;
        return () => model.Value.Encoder.RunStep(prepared, model.Value.Pool, index, CancellationToken.None);
    }

    /// <summary>A workspace in which all steps ran once, so that every one has something to read.</summary>
    private static EncoderRun Begin()
    {
        SamModel sam = model.Value;
        EncoderRun begun = new(sam.KernelSet, sam.Threads);
        Placement placement = Preprocessing.Sam.Place(new ImageSize(PixelValues.Side, PixelValues.Side), PixelValues.Side);
        begun.Take(new EncoderInput(Picture(), placement, Preprocessing.Sam), sam.Encoder, sam.Pool, CancellationToken.None);
        begun.Result = new Operands(sam.Config.PromptEmbedDim * plan.Frame.Tokens)[0];
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            sam.Encoder.RunStep(begun, sam.Pool, i, CancellationToken.None);
        }

        return begun;
    }

    /// <summary>A picture that fills the square, so that all of the plan's work is done.</summary>
    private static ImageView Picture()
    {
        byte[] rgb = new byte[PixelValues.Side * PixelValues.Side * 3];
        new Random(1).NextBytes(rgb);
        return new ImageView(rgb, PixelValues.Side, PixelValues.Side);
    }
}
