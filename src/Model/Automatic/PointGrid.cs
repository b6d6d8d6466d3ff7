namespace SamNative;

/// <summary>Points spread evenly over a picture, as fractions of its sides (build_point_grid in utils/amg.py).</summary>
internal static class PointGrid
{
    /// <summary>perSide x perSide points, x fastest.</summary>
    public static (double X, double Y)[] Build(int perSide)
    {
        double[] side = Side(perSide);
        var points = new (double X, double Y)[perSide * perSide];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = (side[i % perSide], side[i / perSide]);
        }

        return points;
    }

    /// <summary>The middles of equal parts, (i + 0.5) / n, by the very operations of numpy's linspace.</summary>
    private static double[] Side(int count)
    {
        double first = 1 / (2.0 * count);
        double last = 1 - first;
        double[] side = new double[count];
        double step = (last - first) / Math.Max(1, count - 1);
        for (int i = 0; i < count; i++)
        {
            side[i] = (i * step) + first;
        }

        side[^1] = last;
        return side;
    }
}
