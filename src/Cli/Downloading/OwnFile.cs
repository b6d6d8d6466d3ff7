using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// Opens files of the cache to write into them: regular ones of this user, reached by no link. Who can write into the
/// folder could otherwise have any file of this user overwritten, or read and change what arrives. Owners are known on
/// Linux; on other systems, links are refused all the same.
/// </summary>
internal static class OwnFile
{
    private const int UnixExists = 17;
    private const int WindowsExists = unchecked((int)0x80070050);

    /// <summary>Opens a file to read and write, or makes an empty one.</summary>
    /// <exception cref="IOException">It is a link, another user's, no regular file, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static FileStream Open(string path, FileShare share)
    {
        while (true)
        {
            try
            {
                // A new file cannot be a link: the system follows none where it must create.
                return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, share, bufferSize: 0);
            }
            catch (IOException error) when (error.HResult is UnixExists or WindowsExists)
            {
                Check(path);
            }

            try
            {
                FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, share, bufferSize: 0);
                return CheckOpened(stream, path);
            }
            catch (FileNotFoundException)
            {
                // It was deleted meanwhile.
            }
        }
    }

    /// <summary>Refuses a path at which something lies that may not be written to; a path with nothing is fine.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static void Check(string path)
    {
        FileAttributes attributes;
        try
        {
            attributes = File.GetAttributes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return;
        }

        if (attributes.HasFlag(FileAttributes.ReparsePoint))
        {
            throw new IOException("it is a link, and nothing is written through links. Remove it.");
        }

        if (!attributes.HasFlag(FileAttributes.Directory))
        {
            Check(FileStatus.OfItself(path));
        }
    }

    /// <summary>Whether anyone may put files into a folder, and replace those of others.</summary>
    public static bool IsOpenToAll(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        UnixFileMode mode = File.GetUnixFileMode(folder);
        return mode.HasFlag(UnixFileMode.OtherWrite) && !mode.HasFlag(UnixFileMode.StickyBit);
    }

    /// <summary>Between the look at the path and its opening, another file may have come there.</summary>
    private static FileStream CheckOpened(FileStream stream, string path)
    {
        try
        {
            CheckIsAt(stream, path);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Refuses an open file that is no longer the one at a path.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static void CheckIsAt(FileStream stream, string path)
    {
        Check(path);
        FileStatus opened = FileStatus.Of(stream.SafeFileHandle);
        Check(opened);
        if (FileStatus.OfItself(path).Identity != opened.Identity)
        {
            throw new IOException("another program has put another file in its place. Run the same command again.");
        }
    }

    private static void Check(FileStatus status)
    {
        if (status.Kind is not (FileKind.Regular or FileKind.Missing))
        {
            throw new IOException("it is not a regular file. Remove it.");
        }

        if (!status.IsMine)
        {
            throw new IOException("it belongs to another user. Remove it, or run this as that user.");
        }
    }
}
