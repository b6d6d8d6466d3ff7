namespace SamNative.Imaging;

/// <summary>Why a file was not accepted as a picture.</summary>
public enum ImageFormatError
{
    /// <summary>The file has no bytes.</summary>
    Empty,

    /// <summary>The file has more bytes than the limits allow.</summary>
    FileTooLarge,

    /// <summary>The content is not a PNG, JPEG, WebP, BMP or GIF picture.</summary>
    UnknownFormat,

    /// <summary>By its header the picture takes more memory than the limits allow.</summary>
    TooManyPixels,

    /// <summary>The file ends before the picture does.</summary>
    Truncated,

    /// <summary>
    /// The content breaks the rules of its format or uses a rare part of it that is not supported. A WebP picture that
    /// ends early is reported as damaged, too.
    /// </summary>
    Damaged,

    /// <summary>There is not enough memory for the picture, though the limits allow it.</summary>
    OutOfMemory,
}
