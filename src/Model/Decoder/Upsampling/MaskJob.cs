using SamNative.Kernels;

namespace SamNative;

/// <summary>Brings low-resolution logits to the picture's size and thresholds them; a piece is a band of rows of a mask.</summary>
internal sealed unsafe class MaskJob : ParallelJob, IDisposable
{
    /// <summary>The original's mask_threshold.</summary>
    public const float Threshold = 0f;

    private const int BandRows = 64;

    private readonly KernelSet kernels;
    private readonly LogitRows[] rows;
    private readonly MaskFrame frame;
    private readonly int bands;
    private float* logits;
    private IReadOnlyList<SamMask> masks = [];

    public MaskJob(KernelSet kernelSet, MaskFrame maskFrame, int workers)
    {
        kernels = kernelSet;
        frame = maskFrame;
        bands = (frame.Original.Height + BandRows - 1) / BandRows;
        rows = new LogitRows[workers];
        for (int i = 0; i < workers; i++)
        {
            rows[i] = new LogitRows(kernels, frame);
        }
    }

    /// <summary>Fills masks from [masks, LowRes] logits.</summary>
    public void Run(WorkerPool pool, ReadOnlySpan<float> lowResLogits, IReadOnlyList<SamMask> destination, CancellationToken cancellationToken)
    {
        fixed (float* values = lowResLogits)
        {
            logits = values;
            masks = destination;
            pool.Run(this, bands * destination.Count, cancellationToken);
        }
    }

    /// <summary>Writes the full-size logits of one mask, [Original.Height, Original.Width].</summary>
    public void WriteLogits(ReadOnlySpan<float> lowResLogits, Span<float> destination, CancellationToken cancellationToken)
    {
        int width = frame.Original.Width;
        fixed (float* values = lowResLogits)
        {
            rows[0].Begin(values);
            for (int y = 0; y < frame.Original.Height; y++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                new ReadOnlySpan<float>(rows[0].Row(y), width).CopyTo(destination.Slice(y * width, width));
            }
        }
    }

    public override void Run(int index, int worker)
    {
        (int mask, int band) = Math.DivRem(index, bands);
        LogitRows source = rows[worker];
        source.Begin(logits + ((nint)mask * frame.LowRes.Height * frame.LowRes.Width));
        for (int y = band * BandRows; y < Math.Min((band + 1) * BandRows, frame.Original.Height); y++)
        {
            fixed (ulong* bits = masks[mask].RowBits(y))
            {
                kernels.Above(source.Row(y), Threshold, bits, frame.Original.Width);
            }
        }
    }

    public void Dispose()
    {
        foreach (LogitRows row in rows)
        {
            row.Dispose();
        }
    }
}
