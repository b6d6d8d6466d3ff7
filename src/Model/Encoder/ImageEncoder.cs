using SamNative.Kernels;

namespace SamNative;

/// <summary>An encoder that is ready to run on one frame: a plan whose steps have their weights.</summary>
internal sealed class ImageEncoder
{
    /// <param name="pixels">The map that takes the resized picture, R, G, B and one byte that is ignored.</param>
    public ImageEncoder(EncoderPlan plan, ActivationMap pixels, KernelSet kernels)
    {
        Plan = plan;
        Pixels = pixels;
        ScratchFloats = plan.Steps.Max(step => step.ScratchFloats(kernels));
    }

    public EncoderPlan Plan { get; }

    /// <summary>[height, width, 4] bytes of the picture's shown part in a run's arena.</summary>
    public ActivationMap Pixels { get; }

    /// <summary>The floats that a worker needs for itself.</summary>
    public nint ScratchFloats { get; }

    /// <summary>Encodes what the run's input fields describe: one parallel pass per step.</summary>
    /// <param name="owner">Stops the encode when it is disposed.</param>
    public void Run(
        EncoderRun run, WorkerPool pool, SamModel owner, IProgress<SamProgress>? progress, CancellationToken cancellationToken)
    {
        run.Profile = progress as EncoderProfile;
        run.Profile?.Begin();
        for (int i = 0; i < Plan.Steps.Count; i++)
        {
            owner.ThrowIfDisposed();
            RunStep(run, pool, i, cancellationToken);
            progress?.Report(new SamProgress(i + 1, Plan.Steps.Count));
        }
    }

    /// <summary>Runs one step.</summary>
    public void RunStep(EncoderRun run, WorkerPool pool, int step, CancellationToken cancellationToken)
    {
        run.Step = Plan.Steps[step];
        pool.Run(run, run.Step.Pieces, cancellationToken);
    }
}
