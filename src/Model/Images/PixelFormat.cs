namespace SamNative;

/// <summary>The order of the 8-bit channels of a pixel in memory.</summary>
public enum PixelFormat
{
    /// <summary>Three bytes: red, green, blue.</summary>
    Rgb,

    /// <summary>Three bytes: blue, green, red (the order of OpenCV).</summary>
    Bgr,

    /// <summary>
    /// Four bytes: red, green, blue and an alpha that is ignored: the colours must not be premultiplied.
    /// </summary>
    Rgba,

    /// <summary>Four bytes: blue, green, red and an alpha that is ignored (the order of GDI+ and WPF).</summary>
    Bgra,

    /// <summary>One byte: a gray level, taken for red, green and blue alike.</summary>
    Gray,
}
