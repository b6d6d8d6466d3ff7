namespace SamNative;

/// <summary>The size of a picture in pixels.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>
    /// The size a picture is resized to before it is encoded: its longer side becomes side, the other one keeps the
    /// proportion, rounded half up (segment_anything/utils/transforms.py, get_preprocess_shape). A very thin picture gets
    /// a side of 0.
    /// </summary>
    internal ImageSize FitInto(int side)
    {
        double scale = side * 1.0 / Math.Max(Height, Width);
        return new ImageSize((int)((Height * scale) + 0.5), (int)((Width * scale) + 0.5));
    }
}
