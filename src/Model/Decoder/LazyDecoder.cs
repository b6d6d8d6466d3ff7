using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>The decoder's weights, read from the checkpoint when they are first asked for.</summary>
internal sealed class LazyDecoder(SamCheckpoint checkpoint, Frame frame, KernelSet kernels, WorkerPool pool, bool allowNonFinite)
    : IDisposable
{
    private readonly ModelMemory memory = new();
    private readonly Lock gate = new();
    private DecoderWeights? weights;

    /// <exception cref="CheckpointException">The weights are not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the next call begins anew.</exception>
    public DecoderWeights Load(CancellationToken cancellation)
    {
        lock (gate)
        {
            if (weights is not null)
            {
                return weights;
            }

            try
            {
                using WeightLoader loader = new(checkpoint, kernels, pool, memory, allowNonFinite, cancellation);
                return weights = new DecoderWeights(loader, new DecoderGeometry(checkpoint.Config, frame), kernels);
            }
            catch
            {
                memory.Dispose();
                throw;
            }
        }
    }

    public void Dispose() => memory.Dispose();
}
