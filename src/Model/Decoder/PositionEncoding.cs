namespace SamNative;

/// <summary>
/// Random Fourier features of a position (Tancik et al. 2020): with c = 2 * (x, y) - 1 in [-1, 1], the sines, then the
/// cosines, of 2 pi c * G. Computed in double, with a sine and cosine of our own, so that every machine gives the same.
/// </summary>
internal sealed unsafe class PositionEncoding
{
    private readonly double[] gx;
    private readonly double[] gy;

    /// <param name="gaussian">[2, Width / 2]: G, row 0 for x.</param>
    public PositionEncoding(ReadOnlySpan<float> gaussian)
    {
        int half = gaussian.Length / 2;
        gx = new double[half];
        gy = new double[half];
        for (int i = 0; i < half; i++)
        {
            gx[i] = gaussian[i];
            gy[i] = gaussian[half + i];
        }
    }

    /// <summary>Encodes a position given as a fraction of the input square.</summary>
    /// <param name="destination">[Width].</param>
    public void Encode(double x, double y, Span<float> destination)
    {
        int half = gx.Length;
        for (int i = 0; i < half; i++)
        {
            double turns = (((2 * x) - 1) * gx[i]) + (((2 * y) - 1) * gy[i]);
            (double sin, double cos) = SinCosOfTurns(turns);
            destination[i] = (float)sin;
            destination[half + i] = (float)cos;
        }
    }

    /// <summary>
    /// Encodes the centres of a frame's tokens, as fractions of the square that it is or was cut from. The angle is a sum of
    /// one that depends on the column and one that depends on the row, so sines and cosines are taken along the edges and
    /// combined by the angle addition formulas.
    /// </summary>
    /// <param name="destination">[tokens, Width], rows stride apart.</param>
    public void FillFrame(Frame frame, float* destination, nint stride)
    {
        int side = Math.Max(frame.Rows, frame.Columns);
        int half = gx.Length;
        (double Sin, double Cos)[] columns = new (double, double)[side * half];
        (double Sin, double Cos)[] rows = new (double, double)[side * half];
        for (int i = 0; i < side; i++)
        {
            double c = (2 * ((i + 0.5) / side)) - 1;
            for (int f = 0; f < half; f++)
            {
                columns[(i * half) + f] = SinCosOfTurns(c * gx[f]);
                rows[(i * half) + f] = SinCosOfTurns(c * gy[f]);
            }
        }

        for (int y = 0; y < frame.Rows; y++)
        {
            for (int x = 0; x < frame.Columns; x++)
            {
                float* token = destination + (((y * frame.Columns) + x) * stride);
                for (int f = 0; f < half; f++)
                {
                    (double sinX, double cosX) = columns[(x * half) + f];
                    (double sinY, double cosY) = rows[(y * half) + f];
                    token[f] = (float)((sinX * cosY) + (cosX * sinY));
                    token[half + f] = (float)((cosX * cosY) - (sinX * sinY));
                }
            }
        }
    }

    /// <summary>
    /// sin and cos of 2 pi t: t is reduced to within an eighth of a turn, exactly; there the Taylor polynomials of degree
    /// 17 and 16 are good to 1e-17.
    /// </summary>
    internal static (double Sin, double Cos) SinCosOfTurns(double turns)
    {
        double quarter = Math.Round(turns * 4);
        double x = (turns - (quarter * 0.25)) * (2 * Math.PI);
        double s = x * x;
        double sin = x * (1 - (s / 6 * (1 - (s / 20 * (1 - (s / 42 * (1 - (s / 72 * (1 - (s / 110
            * (1 - (s / 156 * (1 - (s / 210 * (1 - (s / 272))))))))))))))));
        double cos = 1 - (s / 2 * (1 - (s / 12 * (1 - (s / 30 * (1 - (s / 56 * (1 - (s / 90
            * (1 - (s / 132 * (1 - (s / 182 * (1 - (s / 240)))))))))))))));
        return ((long)quarter & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }
}
