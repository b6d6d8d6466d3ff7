namespace SamNative;

/// <summary>
/// Run lengths do not describe a mask of the size they were given for, or a file does not hold the masks that its form
/// promises.
/// </summary>
public sealed class MaskFormatException : FormatException
{
    /// <summary>Says what is wrong with run lengths, and where.</summary>
    /// <param name="code">What is wrong.</param>
    /// <param name="position">The character of the text, or the index of the run, where it went wrong.</param>
    /// <param name="message">The same in words, with the cure.</param>
    public MaskFormatException(MaskFormatError code, int position, string message)
        : base(message)
    {
        Code = code;
        Position = position;
    }

    /// <summary>Says what is wrong with a file, and where.</summary>
    /// <param name="code">What is wrong.</param>
    /// <param name="fileName">The file.</param>
    /// <param name="position">Its byte, where one can be named; otherwise 0.</param>
    /// <param name="message">The same in words, with the cure; the name of the file is put before it.</param>
    public MaskFormatException(MaskFormatError code, string fileName, int position, string message)
        : base($"{fileName}: {message}")
    {
        Code = code;
        FileName = fileName;
        Position = position;
    }

    /// <summary>What is wrong.</summary>
    public MaskFormatError Code { get; }

    /// <summary>The file, where one was read: its path, or the name that the caller gave to its content.</summary>
    public string? FileName { get; }

    /// <summary>
    /// Where it went wrong: the character of the text (COCO's compressed form), the index of the run, or, where a file
    /// was read, its byte, which is 0 where the words name the place better.
    /// </summary>
    public int Position { get; }
}
