namespace SamNative;

/// <summary>
/// Fills rings by the even-odd rule: a pixel is in when a walk from the left edge to its middle crosses an odd number of
/// sides. Rings on the lines between pixels, as <see cref="PolygonTracer"/> makes them, come back exactly.
/// </summary>
internal static class PolygonFiller
{
    /// <summary>A side from row <c>First</c> on and before row <c>End</c>, at <c>X</c> + row * <c>Slope</c> in a row's middle.</summary>
    private readonly record struct Side(int First, int End, double X, double Slope);

    /// <summary>
    /// How many times sides may cross the middles of rows: no mask has more borders than between any two pixels of a row.
    /// </summary>
    public static long MaxCrossings(int width, int height) => (width + 1L) * height;

    /// <param name="crossings">How many times the sides cross the middles of rows, which is what filling costs.</param>
    /// <returns>Null where these are more than <see cref="MaxCrossings"/>.</returns>
    public static SamMask? TryFill(
        IEnumerable<IReadOnlyList<(double X, double Y)>> rings, int width, int height, out long crossings)
    {
        SamMask mask = new(width, height);
        List<Side> sides = [.. rings.SelectMany(ring => SidesOf(ring, height))];
        crossings = sides.Sum(side => (long)side.End - side.First);
        if (crossings > MaxCrossings(width, height))
        {
            return null;
        }

        sides.Sort((a, b) => a.First.CompareTo(b.First));
        List<Side> active = [];
        List<double> row = [];
        int next = 0;
        for (int y = 0; y < height && (next < sides.Count || active.Count > 0); y++)
        {
            active.RemoveAll(side => side.End <= y);
            for (; next < sides.Count && sides[next].First <= y; next++)
            {
                active.Add(sides[next]);
            }

            row.Clear();
            foreach (Side side in active)
            {
                row.Add(side.X + (y * side.Slope));
            }

            row.Sort();
            FillRow(row, mask.RowBits(y), width);
        }

        return mask;
    }

    private static IEnumerable<Side> SidesOf(IReadOnlyList<(double X, double Y)> ring, int height)
    {
        for (int i = 0; i < ring.Count; i++)
        {
            (double x0, double y0) = ring[i];
            (double x1, double y1) = ring[(i + 1) % ring.Count];
            if (y0 > y1)
            {
                (x0, y0, x1, y1) = (x1, y1, x0, y0);
            }

            int first = (int)Math.Clamp(Math.Ceiling(y0 - 0.5), 0, height);
            int end = (int)Math.Clamp(Math.Ceiling(y1 - 0.5), 0, height);
            if (first < end)
            {
                double slope = (x1 - x0) / (y1 - y0);
                yield return new Side(first, end, x0 + ((0.5 - y0) * slope), slope);
            }
        }
    }

    private static void FillRow(List<double> crossings, Span<ulong> bits, int width)
    {
        for (int i = 0; i + 1 < crossings.Count; i += 2)
        {
            int from = (int)Math.Clamp(Math.Ceiling(crossings[i] - 0.5), 0, width);
            int to = (int)Math.Clamp(Math.Ceiling(crossings[i + 1] - 0.5), 0, width);
            RunLengths.Fill(bits, from, to);
        }
    }
}
