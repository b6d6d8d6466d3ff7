using SamNative.Kernels;

namespace SamNative;

/// <summary>Memory for encodes, of which some is kept for the next one; more is made when more encodes run at a time.</summary>
internal sealed class EncoderRuns(KernelSet kernels, int workers) : IDisposable
{
    private const int Kept = 2;

    private readonly Stack<EncoderRun> idle = new();
    private readonly Lock gate = new();

    /// <summary>Memory with room for an encoder.</summary>
    public EncoderRun Rent(ImageEncoder encoder)
    {
        EncoderRun run = TakeIdle() ?? new EncoderRun(kernels, workers);
        try
        {
            run.Reserve(encoder);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

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
