namespace SamNative.Imaging;

/// <summary>A file is not a picture that can be decoded whole.</summary>
public sealed class ImageFormatException : FormatException
{
    internal ImageFormatException(ImageFormatError code, string fileName, string what)
        : base($"{fileName}: {what}")
    {
        Code = code;
        FileName = fileName;
    }

    /// <summary>What is wrong.</summary>
    public ImageFormatError Code { get; }

    /// <summary>The path, or the name that the caller gave to a stream or to bytes.</summary>
    public string FileName { get; }
}
