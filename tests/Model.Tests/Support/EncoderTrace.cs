namespace SamNative.Model.Tests;

/// <summary>Runs a model's encoder step by step, and looks at its maps in between.</summary>
internal sealed unsafe class EncoderTrace(SamModel model) : IDisposable
{
    private readonly EncoderRun run = new(model.KernelSet, model.Threads);

    /// <summary>[channels, rows, columns].</summary>
    public float[] Embedding { get; } = new float[model.Config.PromptEmbedDim * model.Plan.Frame.Tokens];

    /// <summary>Encodes a picture.</summary>
    /// <param name="after">Called after each step.</param>
    public void Run(ImageView picture, Action<EncoderStep> after)
    {
        Placement placement = Preprocessing.Sam.Place(new ImageSize(picture.Height, picture.Width), model.InputSize);
        run.Take(new EncoderInput(picture, placement, Preprocessing.Sam), model.Encoder, model.Pool, default);
        Steps(after);
    }

    /// <summary>Encodes pixel values, [3, height, width].</summary>
    /// <inheritdoc cref="Run(ImageView, Action{EncoderStep})" path="/param"/>
    public void Run(float[] pixelValues, Action<EncoderStep> after)
    {
        fixed (float* values = pixelValues)
        {
            run.Take(new EncoderInput(values), model.Encoder, model.Pool, default);
            Steps(after);
        }
    }

    /// <summary>All of a map's place, spare rows included.</summary>
    public ReadOnlySpan<float> Everything(ActivationMap map) => new(run.At(map), (int)map.Floats);

    /// <summary>A channel of a token.</summary>
    public float Value(ActivationMap map, long token, long channel) => run.At(map)[(token * map.Stride) + channel];

    /// <summary>[tokens, channels].</summary>
    public float[] Values(ActivationMap map)
    {
        float[] values = new float[map.Rows * map.Columns * map.Channels];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Value(map, i / map.Channels, i % map.Channels);
        }

        return values;
    }

    public void Dispose() => run.Dispose();

    private void Steps(Action<EncoderStep> after)
    {
        fixed (float* result = Embedding)
        {
            run.Result = result;
            for (int i = 0; i < model.Plan.Steps.Count; i++)
            {
                model.Encoder.RunStep(run, model.Pool, i, default);
                after(model.Plan.Steps[i]);
            }
        }
    }
}
