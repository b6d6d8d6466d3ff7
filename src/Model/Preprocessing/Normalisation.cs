namespace SamNative;

/// <summary>
/// The values of a picture's bytes, by a table of each channel, and the value of each channel outside the picture. A rule that
/// takes the picture's own minimum and maximum makes such tables per picture.
/// </summary>
internal sealed class Normalisation
{
    private const int Levels = 256;

    private readonly float[] table;
    private readonly float[] outside = new float[3];

    private Normalisation(float[] table) => this.table = table;

    /// <summary>What a channel is outside the picture.</summary>
    public ReadOnlySpan<float> Outside => outside;

    /// <summary>(level - mean) / deviation in single precision, levels from 0 to 255; zeros outside.</summary>
    public static Normalisation OfLevels(float[] means, float[] deviations) =>
        new(Table((level, channel) => (level - means[channel]) / deviations[channel]));

    /// <summary>(level / 255 - mean) / deviation in single precision; zeros outside, or the values of a colour.</summary>
    /// <param name="fill">The colour outside, where it is filled before the values are made.</param>
    public static Normalisation OfShares(float[] means, float[] deviations, byte[]? fill = null)
    {
        Normalisation made = new(Table((level, channel) => ((level / 255f) - means[channel]) / deviations[channel]));
        for (int channel = 0; fill is not null && channel < made.outside.Length; channel++)
        {
            made.outside[channel] = made.Channel(channel)[fill[channel]];
        }

        return made;
    }

    /// <summary>[256]: the value of each level of a channel.</summary>
    public ReadOnlySpan<float> Channel(int channel) => table.AsSpan(channel * Levels, Levels);

    /// <summary>Values of a channel along a row of the input.</summary>
    /// <param name="pixels">The shown part of the resized picture, [Part.Height, Part.Width, 4].</param>
    /// <param name="placement">Where it lies in the input.</param>
    /// <param name="channel">0 for red, 1 for green, 2 for blue.</param>
    /// <param name="y">The row of the input.</param>
    /// <param name="x">The first column.</param>
    /// <param name="values">What is written: one value for each column from x on.</param>
    public unsafe void Write(byte* pixels, in Placement placement, int channel, int y, int x, Span<float> values)
    {
        int row = y - placement.Top;
        bool isInside = (uint)row < (uint)placement.Part.Height;
        int start = isInside ? Math.Clamp(placement.Left - x, 0, values.Length) : values.Length;
        int end = isInside ? Math.Clamp(placement.Left + placement.Part.Width - x, start, values.Length) : values.Length;
        values[..start].Fill(outside[channel]);
        values[end..].Fill(outside[channel]);
        byte* pixel = pixels + (4 * (((nint)row * placement.Part.Width) + x - placement.Left)) + channel;
        ReadOnlySpan<float> levels = Channel(channel);
        for (int i = start; i < end; i++)
        {
            values[i] = levels[pixel[4 * i]];
        }
    }

    private static float[] Table(Func<int, int, float> value)
    {
        float[] values = new float[3 * Levels];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = value(i % Levels, i / Levels);
        }

        return values;
    }
}
