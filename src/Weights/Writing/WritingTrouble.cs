namespace SamNative.Weights;

/// <summary>A name that nothing can be written under, while other names in the same place may do.</summary>
internal sealed class OutputNameException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>Turns what the file system refuses while an output is written into a sentence about the path given.</summary>
internal static class WritingTrouble
{
    /// <summary>Why a name does not do.</summary>
    public const string TooLong = "its name is too long for this file system; 255 bytes are usual";

    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int BrokenPipe = 32;
    private const int Quota = 122;
    private const int BsdQuota = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsInvalidName = unchecked((int)0x8007007B);

    private const int InvalidArgument = 22;
    private const int LinuxIllegalBytes = 84;
    private const int BsdIllegalBytes = 92;

    /// <summary>Whether an exception comes from the file system.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Whether it is about one of these paths, or about writing, and not about a file that is read meanwhile.</summary>
    public static bool IsOf(Exception error, params ReadOnlySpan<string> paths)
    {
        bool isOurs = error.HResult is NoSpace or Quota or BsdQuota or ReadOnly or BrokenPipe or WindowsDiskFull;
        foreach (string path in paths)
        {
            isOurs |= error.Message.Contains(path, StringComparison.Ordinal);
        }

        return isOurs && Is(error);
    }

    /// <summary>The same as an exception that names the output as it was given.</summary>
    /// <param name="given">What the user calls it.</param>
    public static Exception Explain(Exception error, string given)
    {
        string sentence = $"{given} cannot be written: {Reason(error)}.";
        return error switch
        {
            UnauthorizedAccessException => new UnauthorizedAccessException(sentence, error),
            PathTooLongException
                or { HResult: InvalidArgument or LinuxIllegalBytes or BsdIllegalBytes or WindowsInvalidName } =>
                new OutputNameException(sentence, error),
            DirectoryNotFoundException => new DirectoryNotFoundException(sentence, error),
            _ => new IOException(sentence, error) { HResult = error.HResult },
        };
    }

    private static string Reason(Exception error) => error switch
    {
        UnauthorizedAccessException => "this user may not write there",
        PathTooLongException => TooLong,
        { HResult: NoSpace or Quota or BsdQuota or WindowsDiskFull } => "the disk is full",
        { HResult: ReadOnly } => "the file system is read-only",
        { HResult: BrokenPipe } => "who read it has gone",
        DirectoryNotFoundException or FileNotFoundException => "its folder, or what was written so far, has been deleted",
        _ => $"the system says: {WithoutPath(error.Message).TrimEnd('.')}",
    };

    /// <summary>The runtime puts the path it was given at the end: here a temporary one.</summary>
    private static string WithoutPath(string message) => message.Split(" : '")[0];
}
