using SamNative.Kernels;

namespace SamNative;

/// <summary>Memory for encodes, of which some is kept for the next one; more is made when more encodes run at a time.</summary>
internal sealed class EncoderRuns(KernelSet kernels, int workers) : IDisposable
{
    private const int Kept = 2;

    private readonly Stack<EncoderRun> idle = new();
    private readonly Lock gate = new();

    /// <summary>Memory for an encode.</summary>
    public EncoderRun Rent() => TakeIdle() ?? new EncoderRun(kernels, workers);

    public void Return(EncoderRun run)
    {
        lock (gate)
        {
            if (idle.Count < Kept)
            {
                idle.Push(run);
                return;
            }
        }

        run.Dispose();
    }

    /// <summary>Frees what is kept.</summary>
    public void Dispose()
    {
        while (TakeIdle() is { } run)
        {
            run.Dispose();
        }
    }

    private EncoderRun? TakeIdle()
    {
        lock (gate)
        {
            return idle.TryPop(out EncoderRun? run) ? run : null;
        }
    }
}
