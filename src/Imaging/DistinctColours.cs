using SkiaSharp;

namespace SamNative.Imaging;

/// <summary>
/// A fixed sequence of colours in which neighbours are easily told apart: each hue is the one before, turned by the golden
/// angle, which never comes back to an old one, and lightness goes through three steps.
/// </summary>
internal static class DistinctColours
{
    private const int FirstHue = 320;
    private const double GoldenAngle = 137.50776405003785;

    private static readonly float[] lightness = [55, 70, 42];

    /// <summary>The colour at a place of the sequence, from 0 on.</summary>
    public static SKColor At(int place) => SKColor.FromHsl(
        (float)((FirstHue + (place * GoldenAngle)) % 360), 90, lightness[place % lightness.Length]);
}
