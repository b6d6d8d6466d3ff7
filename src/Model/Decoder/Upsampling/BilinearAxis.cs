using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Positions and weights of bilinear resampling along one axis, corners not aligned, as PyTorch's interpolate has it:
/// source = max(0, (i + 0.5) * in / out - 0.5), between the pixels floor(source) and the next one, the last repeated.
/// </summary>
internal sealed class BilinearAxis
{
    /// <summary>Values that a kernel reads from a start on, at most.</summary>
    public const int Window = (2 * Lane.Count) + 1;

    /// <param name="source">Length of the source.</param>
    /// <param name="target">Length of the result.</param>
    /// <param name="count">How many values at the start of the result are wanted.</param>
    public BilinearAxis(int source, int target, int count)
    {
        Source = source;
        Target = target;
        Count = count;
        int lanes = Lane.RoundUp(count);
        Near = new int[lanes];
        Far = new int[lanes];
        NearWeight = new float[lanes];
        FarWeight = new float[lanes];
        double scale = (double)source / target;
        for (int i = 0; i < count; i++)
        {
            double position = Math.Max(0, ((i + 0.5) * scale) - 0.5);
            int near = Math.Min((int)position, source - 1);
            double fraction = position - near;
            Near[i] = near;
            Far[i] = Math.Min(near + 1, source - 1);
            NearWeight[i] = (float)(1 - fraction);
            FarWeight[i] = (float)fraction;
        }

        Starts = new int[lanes / Lane.Count];
        Offsets = new int[lanes];
        HasWindows = SetWindows();
    }

    public int Source { get; }

    public int Target { get; }

    /// <summary>Values of the result; the arrays are padded to whole lanes that read value 0 with weight 0.</summary>
    public int Count { get; }

    public int[] Near { get; }

    public int[] Far { get; }

    public float[] NearWeight { get; }

    public float[] FarWeight { get; }

    /// <summary>
    /// Whether sixteen neighbours always come of <see cref="Window"/>, as they do where nothing shrinks to less than half:
    /// then <see cref="Starts"/> and <see cref="Offsets"/> hold, for a source whose last value is repeated once.
    /// </summary>
    public bool HasWindows { get; }

    /// <summary>The first value that each sixteen need.</summary>
    public int[] Starts { get; }

    /// <summary>The near value of each, counted from its sixteen's start; the far one is the next.</summary>
    public int[] Offsets { get; }

    /// <summary>Whether every value is just the one at its place.</summary>
    public bool IsIdentity => Source == Target;

    private bool SetWindows()
    {
        for (int i = 0; i < Count; i++)
        {
            int start = Near[i - (i % Lane.Count)];
            Starts[i / Lane.Count] = start;
            Offsets[i] = Near[i] - start;
            if (Offsets[i] + 1 >= Window)
            {
                return false;
            }
        }

        return true;
    }
}
