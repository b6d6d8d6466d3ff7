using SamNative.Kernels;

namespace SamNative;

/// <summary>An encoder that is ready to run on one frame: a plan whose steps have their weights.</summary>
internal sealed class ImageEncoder
{
    public ImageEncoder(EncoderPlan plan, KernelSet kernels)
    {
        Plan = plan;
        Pixels = plan.Steps[0].Reads[0];
        Result = plan.Steps[^1].Reads[0];
        ScratchFloats = plan.Steps.Max(step => step.ScratchFloats(kernels));
    }

    public EncoderPlan Plan { get; }

    /// <summary>
    /// [height, width, 4] bytes in a run's arena: the picture's shown part, R, G, B and one byte that is ignored.
    /// </summary>
    public ActivationMap Pixels { get; }

    /// <summary>What it computes, before it is taken out of the arena.</summary>
    public ActivationMap Result { get; }

    /// <summary>The floats that a worker needs for itself.</summary>
    public nint ScratchFloats { get; }

    /// <summary>Encodes what the run was given: one parallel pass per step.</summary>
    /// <param name="model">Stops the encode when it is closed.</param>
    public void Run(
        EncoderRun run, WorkerPool pool, Occupancy model, in EncodeProgress progress, CancellationToken cancellationToken)
    {
        run.Profile = progress.Profile;
        run.Profile?.Begin();
        for (int i = 0; i < Plan.Steps.Count; i++)
        {
            model.ThrowIfDisposed();
            RunStep(run, pool, i, cancellationToken);
            progress.Report(i + 1, Plan.Steps.Count);
        }
    }

    /// <summary>Runs one step.</summary>
    public void RunStep(EncoderRun run, WorkerPool pool, int step, CancellationToken cancellationToken)
    {
        run.Step = Plan.Steps[step];
        pool.Run(run, run.Step.Pieces, cancellationToken);
    }
}
