using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace SamNative.Weights;

/// <summary>Named tensors whose values lie in a file, a stream or a block of memory.</summary>
public abstract class FileTensorSource : TensorSource
{
    private readonly ByteSource bytes;

    private protected FileTensorSource(
        string name,
        ByteSource bytes,
        ImmutableArray<TensorInfo> tensors,
        IReadOnlyDictionary<string, string> metadata)
        : base(name, tensors, metadata)
    {
        this.bytes = bytes;
    }

    /// <inheritdoc/>
    public override string ComputeSha256(CancellationToken cancellation = default)
    {
        ThrowIfDisposed();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            long length = bytes.Length;
            for (long start = 0; start < length; start += ChunkBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> piece = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, length - start));
                Fill(start, piece);
                hash.AppendData(piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            bytes.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Fills the destination from a position of the file.</summary>
    private protected void Fill(long position, Span<byte> destination)
    {
        if (!bytes.TryFill(position, destination))
        {
            throw Shrank(position);
        }
    }

    /// <summary>The error for a file that ends at or behind a position, but was longer when it was opened.</summary>
    private protected abstract Exception Shrank(long position);
}
