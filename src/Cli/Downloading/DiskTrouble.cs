namespace SamNative.Cli;

/// <summary>Turns what the file system refuses while a model is stored into a sentence with the cure.</summary>
internal static class DiskTrouble
{
    private const int UnixNoSpace = 28;
    private const int UnixQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether an exception comes from the file system.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>The sentence.</summary>
    /// <param name="path">What was being written.</param>
    public static CommandFailedException Explain(Exception error, string path)
    {
        string reason = error switch
        {
            UnauthorizedAccessException => "this user may not write there.",
            { HResult: UnixNoSpace or UnixQuota or WindowsDiskFull } =>
                "the disk is full. Make room and run the same command again: it goes on where it stopped.",
            _ => error.Message,
        };
        return new CommandFailedException(
            $"{path} cannot be written: {reason} {ModelPlaces.HomeVariable} names another folder for the models.");
    }
}
