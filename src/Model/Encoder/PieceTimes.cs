using System.Diagnostics;

namespace SamNative;

/// <summary>
/// How long each piece of an encoder's steps takes one worker, and from that how long workers would take together: the pieces
/// are replayed in the pool's order (<see cref="PoolOrder"/>), and a step waits for all pieces of the one before.
/// There is no model of memory in it: pieces of many workers are as fast as those of one.
/// </summary>
internal sealed unsafe class PieceTimes : IDisposable
{
    private readonly SamModel model;
    private readonly ImageEncoder encoder;
    private readonly EncoderRun run;
    private readonly float[] result;
    private readonly double[][] times;

    /// <param name="model">Loaded with one thread.</param>
    /// <param name="workers">How many workers the steps are cut for.</param>
    public PieceTimes(SamModel model, int workers)
    {
        this.model = model;
        encoder = model.CutFor(workers);
        run = new EncoderRun(model.KernelSet, model.Threads);
        result = new float[model.Config.PromptEmbedDim * encoder.Plan.Frame.Tokens];
        times = [.. encoder.Plan.Steps.Select(step => Enumerable.Repeat(double.PositiveInfinity, step.Pieces).ToArray())];
    }

    /// <summary>Encodes a picture once more. What counts of a piece is its shortest time: what is longer is the machine's noise.</summary>
    public void Measure(ImageView picture, CancellationToken cancellationToken)
    {
        EncoderProfile profile = new(encoder.Plan.Steps.Count, model.Threads);
        Placement placement = Preprocessing.Sam.Place(new ImageSize(picture.Height, picture.Width), model.InputSize);
        run.Take(new EncoderInput(picture, placement, Preprocessing.Sam), encoder, model.Pool, cancellationToken);
        run.Profile = profile;
        fixed (float* values = result)
        {
            run.Result = values;
            for (int step = 0; step < times.Length; step++)
            {
                encoder.RunStep(run, model.Pool, step, cancellationToken);
            }
        }

        Dictionary<EncoderStep, int> index = encoder.Plan.Steps.Select((step, i) => (step, i)).ToDictionary();
        foreach (PieceTime piece in profile.Pieces[0])
        {
            double time = Stopwatch.GetElapsedTime(piece.Begin, piece.End).TotalMilliseconds;
            ref double shortest = ref times[index[piece.Step]][piece.Piece];
            shortest = Math.Min(shortest, time);
        }
    }

    /// <summary>How long workers take together, by the kind of step, in milliseconds.</summary>
    /// <param name="speeds">For each worker, its speed: 1 for one that was measured.</param>
    public IReadOnlyDictionary<string, double> Replay(IReadOnlyList<double> speeds)
    {
        Dictionary<string, double> kinds = new(StringComparer.Ordinal);
        for (int i = 0; i < times.Length; i++)
        {
            string kind = encoder.Plan.Steps[i].Kind;
            kinds[kind] = kinds.GetValueOrDefault(kind) + PoolOrder.End(times[i], speeds);
        }

        return kinds;
    }

    public void Dispose() => run.Dispose();
}
