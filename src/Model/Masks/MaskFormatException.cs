namespace SamNative;

/// <summary>Run lengths do not describe a mask of the size they were given for.</summary>
public sealed class MaskFormatException : FormatException
{
    /// <summary>Says what is wrong, and where.</summary>
    /// <param name="code">What is wrong.</param>
    /// <param name="position">The character of the text, or the index of the run, where it went wrong.</param>
    /// <param name="message">The same in words, with the cure.</param>
    public MaskFormatException(MaskFormatError code, int position, string message)
        : base(message)
    {
        Code = code;
        Position = position;
    }

    /// <summary>What is wrong.</summary>
    public MaskFormatError Code { get; }

    /// <summary>
    /// The character of the text (COCO's compressed form) or the index of the run where it went wrong.
    /// </summary>
    public int Position { get; }
}
