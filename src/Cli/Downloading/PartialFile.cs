using System.Security.Cryptography;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// What has arrived of a file, under another name in the folder of its target, and the hash of it. It outlives the
/// process, so that the next one goes on where this one stopped; one process at a time, see <see cref="DownloadLock"/>.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly string target;
    private readonly FileStream stream;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Opens what there is of a target, which may be nothing.</summary>
    /// <exception cref="CommandFailedException">It cannot be written to.</exception>
    public PartialFile(string target)
    {
        this.target = target;
        string path = PathOf(target);
        try
        {
            // No buffer of its own: what the program has received is with the system even if the program is killed.
            stream = OwnFile.Open(path, FileShare.Read);
        }
        catch (Exception error) when (DiskTrouble.Is(error))
        {
            throw DiskTrouble.Explain(error, path);
        }
    }

    /// <summary>Bytes that have arrived.</summary>
    public long Length { get; private set; }

    /// <summary>The SHA-256 of what has arrived, lower-case hexadecimal.</summary>
    public string Sha256 => FileHash.Text(hash);

    /// <summary>Where what has arrived of a target is kept.</summary>
    public static string PathOf(string target) => TemporaryName.Beside(target, before: "", after: ".partial");

    /// <summary>Hashes what an earlier process has left; before anything is added.</summary>
    public async Task HashKept(IProgress<long> done, CancellationToken cancellation)
    {
        await FileHash.Add(stream, hash, done, cancellation).ConfigureAwait(false);
        Length = stream.Position;
    }

    /// <summary>Adds what has arrived now.</summary>
    /// <exception cref="CommandFailedException">The disk is full or fails.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (Exception error) when (DiskTrouble.Is(error))
        {
            throw DiskTrouble.Explain(error, stream.Name);
        }

        hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>Forgets what has arrived. A file that is empty at the end does not stay.</summary>
    public void Restart()
    {
        stream.SetLength(0);
        stream.Position = 0;
        hash.GetHashAndReset();
        Length = 0;
    }

    /// <summary>Gives it its real name, after it has reached the disk. Nothing can be added afterwards.</summary>
    /// <exception cref="CommandFailedException">
    /// The target exists and may not be replaced, or the disk fails.
    /// </exception>
    public void Commit(bool overwrite)
    {
        try
        {
            stream.Flush(flushToDisk: true);
            OwnFile.CheckIsAt(stream, stream.Name);
            OwnFile.Check(target);
            stream.Dispose();
            File.Move(stream.Name, target, overwrite);
        }
        catch (Exception error) when (DiskTrouble.Is(error))
        {
            throw DiskTrouble.Explain(error, target);
        }
    }

    public void Dispose()
    {
        bool isEmpty = stream.CanWrite && stream.Length == 0;
        stream.Dispose();
        hash.Dispose();
        if (isEmpty)
        {
            File.Delete(stream.Name);
        }
    }
}
