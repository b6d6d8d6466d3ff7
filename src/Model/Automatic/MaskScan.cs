using System.Numerics;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Brings the logits of one mask after the other to a crop's size, a row at a time, and takes from each row all that is
/// asked of a mask: its pixels, and how many there would be with a higher and a lower threshold.
/// </summary>
internal sealed unsafe class MaskScan : IDisposable
{
    /// <summary>Rows between two looks at the cancellation.</summary>
    private const int RowsPerLook = 64;

    private readonly KernelSet kernels;
    private readonly LogitRows rows;
    private readonly ulong[] shifted;
    private readonly float offset;

    /// <param name="stabilityOffset">By how much the threshold is shifted, in logits.</param>
    public MaskScan(KernelSet kernelSet, MaskFrame frame, double stabilityOffset)
    {
        kernels = kernelSet;
        rows = new LogitRows(kernelSet, frame);
        offset = (float)stabilityOffset;
        Mask = new SamMask(frame.Original.Width, frame.Original.Height);
        shifted = new ulong[Mask.RowBits(0).Length];
    }

    /// <summary>The mask that was scanned last; the next one overwrites it.</summary>
    public SamMask Mask { get; }

    /// <summary>Scans a mask.</summary>
    /// <param name="logits">[LowRes].</param>
    /// <returns>
    /// The stability score (calculate_stability_score in utils/amg.py): the pixels with the higher threshold over those with
    /// the lower one.
    /// </returns>
    public float Run(float* logits, CancellationToken cancellationToken)
    {
        int higher = 0, lower = 0;
        rows.Begin(logits);
        for (int y = 0; y < Mask.Height; y++)
        {
            if (y % RowsPerLook == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            float* row = rows.Row(y);
            fixed (ulong* bits = Mask.RowBits(y))
            {
                kernels.Above(row, MaskJob.Threshold, bits, Mask.Width);
            }

            higher += CountAbove(row, MaskJob.Threshold + offset);
            lower += CountAbove(row, MaskJob.Threshold - offset);
        }

        return (float)higher / lower;
    }

    public void Dispose() => rows.Dispose();

    private int CountAbove(float* row, float threshold)
    {
        fixed (ulong* bits = shifted)
        {
            kernels.Above(row, threshold, bits, Mask.Width);
        }

        int count = 0;
        foreach (ulong word in shifted)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }
}
