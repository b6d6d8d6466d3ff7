using System.Buffers;

namespace SamNative.Weights;

/// <summary>A stretch of a file, and the checksum it should have. Safe for use by several threads.</summary>
/// <param name="position">Where it begins, in bytes from the start of the file.</param>
/// <param name="length">Its size in bytes.</param>
/// <param name="crc">The checksum, or null where there is none to keep.</param>
internal sealed class StoredBytes(long position, long length, uint? crc)
{
    private volatile bool isChecked = crc is null;

    public long Position => position;

    public long Length => length;

    /// <summary>Compares the checksum with the bytes, the first time it is asked to.</summary>
    /// <exception cref="PyTorchException">They differ, or the file became shorter.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Check(ByteSource bytes, string file, CancellationToken cancellation = default)
    {
        if (isChecked)
        {
            return;
        }

        uint actual = Compute(bytes, file, cancellation);
        if (actual != crc)
        {
            throw new PyTorchException(
                PyTorchError.ChecksumMismatch, file, position, $"{length} bytes have the checksum {actual:x8}, not {crc:x8}.");
        }

        isChecked = true;
    }

    private uint Compute(ByteSource bytes, string file, CancellationToken cancellation)
    {
        uint sum = 0;
        byte[] chunk = ArrayPool<byte>.Shared.Rent(TensorSource.ChunkBytes);
        try
        {
            for (long done = 0; done < length; done += TensorSource.ChunkBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> piece = chunk.AsSpan(0, (int)Math.Min(TensorSource.ChunkBytes, length - done));
                if (!bytes.TryFill(position + done, piece))
                {
                    throw PyTorchFile.Shrank(file, position + done);
                }

                sum = Crc32.Append(sum, piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return sum;
    }
}
