using SamNative.Kernels;

namespace SamNative;

/// <summary>The weights of a resize of bytes along one axis, in whole numbers.</summary>
internal sealed class ResizeWeights
{
    public ResizeWeights(int source, int target, ResizeFilter filter)
    {
        Source = source;
        Target = target;
        Filter = filter;
        if (filter == ResizeFilter.OpenCvLinear)
        {
            (Taps, Starts, Counts, Weights) = (2, new int[target], new int[target], new int[2 * target]);
            SetNeighbours();
            return;
        }

        ResampleAxis axis = new(source, target, cubic: filter == ResizeFilter.PillowBicubic);
        (Taps, Starts, Counts, Weights) = (axis.Taps, axis.Starts, axis.Counts, new int[axis.Weights.Length]);
        for (int i = 0; i < Weights.Length; i++)
        {
            double weight = axis.Weights[i] * (1 << ByteResize.Precision);
            Weights[i] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
        }
    }

    public int Source { get; }

    public int Target { get; }

    public ResizeFilter Filter { get; }

    /// <summary>The most taps of a pixel.</summary>
    public int Taps { get; }

    /// <summary>[Target]: the first source pixel of each pixel.</summary>
    public int[] Starts { get; }

    /// <summary>[Target]: its taps.</summary>
    public int[] Counts { get; }

    /// <summary>
    /// [Target, Taps], with <see cref="ByteResize.Precision"/> fractional bits for Pillow's filters and
    /// <see cref="OpenCvLinear.Precision"/> for OpenCV's, whose second weight counts for the only tap where there is one.
    /// </summary>
    public int[] Weights { get; }

    /// <summary>
    /// OpenCV's neighbours (modules/imgproc/src/resize.cpp): the position in single precision, weights rounded half to even,
    /// positions beyond the ends between the last pixel and itself. The two weights stay there too: between rows each product
    /// loses its low bits alone.
    /// </summary>
    private void SetNeighbours()
    {
        double scale = 1.0 / ((double)Target / Source);
        for (int i = 0; i < Target; i++)
        {
            float position = (float)(((i + 0.5) * scale) - 0.5);
            int near = (int)MathF.Floor(position);
            float fraction = position - near;
            Starts[i] = Math.Clamp(near, 0, Source - 1);
            Counts[i] = near >= 0 && near < Source - 1 ? 2 : 1;
            Weights[2 * i] = (int)MathF.Round((1f - fraction) * (1 << OpenCvLinear.Precision));
            Weights[(2 * i) + 1] = (int)MathF.Round(fraction * (1 << OpenCvLinear.Precision));
        }
    }
}
