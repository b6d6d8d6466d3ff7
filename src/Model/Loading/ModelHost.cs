using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// What every loaded model has: the identity of its weights, kernels, workers, the memory of its weights and of encodes, and
/// who uses them. When it is closed, the last user frees all of it.
/// </summary>
internal sealed unsafe class ModelHost : IDisposable
{
    private readonly WeightsIdentity identity;
    private readonly EncoderRuns runs;

    /// <param name="model">The model, as exceptions name it.</param>
    /// <param name="isa">Null for the best there is.</param>
    /// <param name="threads">0 for one per physical core.</param>
    /// <param name="makePool">Makes the threads in tests.</param>
    public ModelHost(
        object model, TensorSource source, IsaLevel? isa, int threads, Func<WorkerPool>? makePool = null)
    {
        FloatEnvironment.Check();
        identity = new WeightsIdentity(source);
        Occupancy = new Occupancy(model, string.Empty, Free);
        Kernels = KernelTable.For(isa ?? SamNative.Kernels.Isa.Default);
        Pool = makePool?.Invoke() ?? new WorkerPool(threads > 0 ? threads : Processors.PhysicalCores);
        runs = new EncoderRuns(Kernels, Pool.Workers);
    }

    /// <summary>Ends the threads of a model that was forgotten; its memory has finalizers of its own.</summary>
    ~ModelHost() => Pool?.Abandon();

    /// <summary>The weights, as their embeddings share them.</summary>
    public WeightsIdentity Identity => identity;

    public KernelSet Kernels { get; }

    public WorkerPool Pool { get; }

    /// <summary>Owns the weights, and what else goes with them.</summary>
    public ModelMemory Memory { get; } = new();

    public Occupancy Occupancy { get; }

    /// <summary>Keeps the weights alive meanwhile, on a thread whose arithmetic is that of all others.</summary>
    public Occupancy.Hold Use()
    {
        FloatEnvironment.Check();
        return Occupancy.Read();
    }

    /// <summary>Reads weights for this model.</summary>
    public WeightLoader NewLoader(ModelCheckpoint checkpoint, bool allowNonFinite, CancellationToken cancellationToken) =>
        new(checkpoint, Kernels, Pool, Memory, allowNonFinite, cancellationToken);

    /// <inheritdoc cref="WeightsIdentity.ComputeSha256"/>
    public string ComputeSha256(CancellationToken cancellationToken)
    {
        using Occupancy.Hold use = Occupancy.Read();
        return identity.ComputeSha256(cancellationToken);
    }

    /// <summary>Encodes one picture. The caller uses the model.</summary>
    /// <param name="result">All that the encoder's last step writes.</param>
    /// <exception cref="NonFiniteException">The arithmetic overflowed.</exception>
    public void Encode(
        ImageEncoder encoder, in EncoderInput input, Span<float> result, in EncodeProgress progress,
        CancellationToken cancellationToken)
    {
        EncoderRun run = runs.Rent();
        try
        {
            run.Take(input, encoder, Pool, cancellationToken);
            fixed (float* values = result)
            {
                run.Result = values;
                encoder.Run(run, Pool, Occupancy, progress, cancellationToken);
            }

            Finite.Check(result, NonFiniteValues.Embedding);
        }
        finally
        {
            runs.Return(run);
        }
    }

    /// <summary>Frees the memory that is kept for the next encode.</summary>
    public void TrimExcess() => runs.Dispose();

    /// <summary>Frees everything, once the last user has gone.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (Occupancy.Close())
        {
            Free();
        }
    }

    /// <summary>Frees everything of a model that could not be loaded, but for the weights' file.</summary>
    public void Abort() => FreeMemory();

    private void Free()
    {
        FreeMemory();
        identity.Release();
    }

    private void FreeMemory()
    {
        Pool.Dispose();
        Memory.Dispose();
        runs.Dispose();
    }
}
