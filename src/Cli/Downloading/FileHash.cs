using System.Security.Cryptography;

namespace SamNative.Cli;

/// <summary>The SHA-256 of files, read in pieces so that it can be cancelled.</summary>
internal static class FileHash
{
    private const int PieceBytes = 1 << 20;

    /// <summary>The SHA-256 of a whole file, lower-case hexadecimal.</summary>
    public static async Task<string> Sha256(string path, IProgress<long> done, CancellationToken cancellation)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        await using (stream.ConfigureAwait(false))
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await Add(stream, hash, done, cancellation).ConfigureAwait(false);
            return Text(hash);
        }
    }

    /// <summary>Adds the rest of a stream to a hash, and says how many bytes were read so far.</summary>
    public static async Task Add(
        Stream stream, IncrementalHash hash, IProgress<long> done, CancellationToken cancellation)
    {
        byte[] piece = new byte[PieceBytes];
        int read;
        for (long all = 0; (read = await stream.ReadAsync(piece, cancellation).ConfigureAwait(false)) > 0; all += read)
        {
            hash.AppendData(piece.AsSpan(0, read));
            done.Report(all + read);
        }
    }

    /// <summary>What a hash has come to; more can be added afterwards.</summary>
    public static string Text(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetCurrentHash());
}
