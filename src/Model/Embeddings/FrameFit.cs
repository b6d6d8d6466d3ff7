namespace SamNative;

/// <summary>How pictures lie in frames.</summary>
internal static class FrameFit
{
    /// <summary>
    /// Pixels per side of the square that a frame is, or was cut from at its right or bottom. A picture fills it along its
    /// longer side, so that nothing is ever cut off there.
    /// </summary>
    public static int Side(this Frame frame) => Math.Max(frame.Height, frame.Width);

    /// <summary>
    /// Whether a picture that is brought to a frame gets this size there: that of the square, and all of it is inside.
    /// </summary>
    public static bool Holds(this Frame frame, ImageSize original, ImageSize input) =>
        input == original.FitInto(frame.Side()) && input.Height <= frame.Height && input.Width <= frame.Width;
}
