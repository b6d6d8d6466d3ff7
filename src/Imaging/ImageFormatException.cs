namespace SamNative.Imaging;

/// <summary>A file is not a picture that can be decoded whole.</summary>
public sealed class ImageFormatException : FormatException
{
    internal ImageFormatException(ImageFormatError code, string fileName, string reason, string cure)
        : base($"{fileName}: {reason} {cure}")
    {
        Code = code;
        FileName = fileName;
        Reason = reason;
    }

    /// <summary>What is wrong.</summary>
    public ImageFormatError Code { get; }

    /// <summary>The path, or the name that the caller gave to a stream or to bytes.</summary>
    public string FileName { get; }

    /// <summary>
    /// What is wrong, as a sentence without the file's name and without the cure: where a limit is exceeded the cure of
    /// the message names <see cref="ImageLimits"/>, which means nothing to the users of a program.
    /// </summary>
    public string Reason { get; }
}
