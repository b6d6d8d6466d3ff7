using System.Diagnostics;
using SamNative.Kernels;

namespace SamNative;

/// <summary>Runs the plan on the kernels: one parallel pass per step.</summary>
internal sealed class FusedEncoder
{
    private readonly EncoderWeights weights;

    public FusedEncoder(EncoderPlan plan, EncoderWeights encoderWeights)
    {
        Plan = plan;
        weights = encoderWeights;
        Steps = [.. plan.Steps.Select(Create)];
    }

    public EncoderPlan Plan { get; }

    public IReadOnlyList<FusedStep> Steps { get; }

    /// <summary>Encodes what the workspace's input fields describe.</summary>
    /// <param name="owner">Stops the encode when it is disposed.</param>
    public void Run(
        EncoderRun run, WorkerPool pool, SamModel owner, IProgress<SamProgress>? progress, CancellationToken cancellationToken)
    {
        run.Profile = progress as EncoderProfile;
        run.Profile?.Begin();
        for (int i = 0; i < Steps.Count; i++)
        {
            owner.ThrowIfDisposed();
            RunStep(run, pool, i, cancellationToken);
            progress?.Report(new SamProgress(i + 1, Steps.Count));
        }
    }

    /// <summary>Runs one step.</summary>
    public void RunStep(EncoderRun run, WorkerPool pool, int step, CancellationToken cancellationToken)
    {
        run.Step = Steps[step];
        pool.Run(run, run.Step.Pieces(run.Workspace), cancellationToken);
    }

    private FusedStep Create(EncoderStep step) => step.Operation switch
    {
        EncoderOperation.PatchEmbed => new PatchEmbedStep(step, Plan.Config, Plan.Geometry, weights),
        EncoderOperation.Qkv => new QkvStep(step, Plan.Geometry, weights.Blocks[step.Block]),
        EncoderOperation.Attention => new AttentionStep(step, Plan.Geometry, weights.Blocks[step.Block]),
        EncoderOperation.Projection => new ProjectionStep(step, Plan.Geometry, weights.Blocks[step.Block]),
        EncoderOperation.Mlp => new MlpStep(step, Plan.Geometry, weights.Blocks[step.Block]),
        EncoderOperation.NeckReduce => new NeckReduceStep(step, Plan.Geometry, weights),
        EncoderOperation.NeckConvolve => new NeckConvolveStep(step, Plan.Geometry, weights),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step.Operation, "This operation has no kernel."),
    };
}

/// <summary>One encode in progress: its workspace, and the step whose pieces the workers take.</summary>
internal sealed class EncoderRun(EncoderWorkspace workspace, PictureResizer resizer) : ParallelJob, IDisposable
{
    public EncoderWorkspace Workspace { get; } = workspace;

    public PictureResizer Resizer { get; } = resizer;

    public FusedStep? Step { get; set; }

    /// <summary>Notes every piece, where someone wants to know.</summary>
    public EncoderProfile? Profile { get; set; }

    public override void Run(int index, int worker)
    {
        long start = Profile is null ? 0 : Stopwatch.GetTimestamp();
        Step!.Run(Workspace, index, worker);
        Profile?.Add(worker, Step.Step, index, start);
    }

    public void Dispose()
    {
        Workspace.Dispose();
        Resizer.Dispose();
    }
}
