using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace SamNative.Weights;

/// <summary>
/// Named tensors that are read one at a time: a safetensors file, a synthetic checkpoint. Opening reads the table of
/// contents only. Reading is safe from several threads at once; disposing while another thread reads is not.
/// </summary>
public abstract class TensorSource : IDisposable
{
    /// <summary>Bytes per step where values are decoded or copied: they stay in the second-level cache.</summary>
    internal const int ChunkBytes = 1 << 17;

    private readonly Dictionary<string, TensorInfo> byName;
    private bool disposed;

    /// <summary>Sets the table of contents.</summary>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    protected TensorSource(
        string name,
        ImmutableArray<TensorInfo> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        (Name, Tensors, Metadata) = (name, tensors, metadata);
        byName = new Dictionary<string, TensorInfo>(tensors.Length, StringComparer.Ordinal);
        foreach (TensorInfo tensor in tensors)
        {
            byName.Add(tensor.Name, tensor);
        }
    }

    /// <summary>The path of the file, or a word in angle brackets such as <c>&lt;memory&gt;</c>.</summary>
    public string Name { get; }

    /// <summary>What kind of file it is, in words for people: <c>safetensors</c>, <c>synthetic</c>.</summary>
    public abstract string Format { get; }

    /// <summary>All tensors, in the order of their values in the file.</summary>
    public ImmutableArray<TensorInfo> Tensors { get; }

    /// <summary>The file's metadata, in the order of the file; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>A sentence for everything in the file that is ignored, such as what training keeps beside the weights.</summary>
    public virtual ImmutableArray<string> Notes => [];

    /// <summary>
    /// How many more tensors belong to the same model, in files that were not opened; 0 unless it lies in several files.
    /// </summary>
    public virtual int UnopenedTensors => 0;

    /// <summary>What stands under a name in the file and is no tensor, in words.</summary>
    internal virtual IReadOnlyDictionary<string, string> Others => ImmutableDictionary<string, string>.Empty;

    /// <summary>Finds a tensor by its exact name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorInfo? tensor) => byName.TryGetValue(name, out tensor);

    /// <summary>
    /// Reads a whole tensor as float. F32 goes straight into the destination; F16 and BF16 are widened exactly (a NaN
    /// stays a NaN), F64 is rounded to nearest even.
    /// </summary>
    /// <param name="tensor">A tensor of this source.</param>
    /// <param name="destination">Exactly <see cref="TensorInfo.ElementCount"/> values, in C order.</param>
    /// <exception cref="ArgumentException">
    /// The tensor is not of this source, or the destination has another length.
    /// </exception>
    /// <exception cref="NotSupportedException">The element type is none of F32, F16, BF16 and F64.</exception>
    public void Read(TensorInfo tensor, Span<float> destination)
    {
        CheckOwner(tensor);
        if (destination.Length != tensor.ElementCount)
        {
            throw new ArgumentException(
                $"{tensor} needs {tensor.ElementCount} values, not {destination.Length}.", nameof(destination));
        }

        ReadSlice(tensor, 0, destination);
    }

    /// <summary>Reads consecutive elements of a tensor as float, from element <paramref name="first"/> on.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    /// <exception cref="ArgumentOutOfRangeException">The slice reaches beyond the tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the destination holds anything.</exception>
    public void ReadSlice(
        TensorInfo tensor, long first, Span<float> destination, CancellationToken cancellation = default)
    {
        CheckOwner(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        if (destination.Length > tensor.ElementCount - first)
        {
            throw new ArgumentOutOfRangeException(
                nameof(first), $"{destination.Length} values from {first} on reach beyond {tensor}.");
        }

        switch (tensor.Dtype)
        {
            case TensorDtype.F32:
                ReadFloats(tensor, first, destination, cancellation);
                break;
            case TensorDtype.F16:
                ReadDecoded(tensor, first, destination, sizeof(ushort), FloatCoding.DecodeF16, cancellation);
                break;
            case TensorDtype.BF16:
                ReadDecoded(tensor, first, destination, sizeof(ushort), FloatCoding.DecodeBF16, cancellation);
                break;
            case TensorDtype.F64:
                ReadDecoded(tensor, first, destination, sizeof(double), FloatCoding.DecodeF64, cancellation);
                break;
            default:
                throw new NotSupportedException(
                    $"{Name}: tensor {tensor} cannot be read as float: only F32, F16, BF16 and F64 can. "
                    + "Save it again as one of these, or read its bytes.");
        }
    }

    /// <summary>Reads a tensor's bytes as they are stored (little endian, C order), whatever the type.</summary>
    /// <param name="tensor">A tensor of this source.</param>
    /// <param name="destination">Exactly <see cref="TensorInfo.ByteLength"/> bytes.</param>
    /// <exception cref="ArgumentException">
    /// The tensor is not of this source, or the destination has another length.
    /// </exception>
    public void ReadBytes(TensorInfo tensor, Span<byte> destination)
    {
        CheckOwner(tensor);
        if (destination.Length != tensor.ByteLength)
        {
            throw new ArgumentException(
                $"{tensor} needs {tensor.ByteLength} bytes, not {destination.Length}.", nameof(destination));
        }

        ReadCore(tensor, 0, destination, CancellationToken.None);
    }

    /// <summary>Writes a tensor's bytes as they are stored to a stream, in small pieces.</summary>
    /// <exception cref="ArgumentException">The tensor is not of this source.</exception>
    public void CopyTo(TensorInfo tensor, Stream destination, CancellationToken cancellation = default)
    {
        CheckOwner(tensor);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (long start = 0; start < tensor.ByteLength; start += ChunkBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> piece = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, tensor.ByteLength - start));
                ReadCore(tensor, start, piece, cancellation);
                destination.Write(piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>SHA-256 of the whole file in lower-case hexadecimal, read in small pieces.</summary>
    public abstract string ComputeSha256(CancellationToken cancellation = default);

    /// <summary>Closes the file. Reading afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what a derived source holds.</summary>
    protected virtual void Dispose(bool disposing) => disposed = true;

    /// <summary>Throws where the source is closed.</summary>
    protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(disposed, this);

    /// <summary>
    /// Fills the destination with the stored bytes of a tensor from byte <paramref name="start"/> of the tensor on;
    /// the range lies inside the tensor and starts at a whole element.
    /// </summary>
    /// <param name="cancellation">For sources that have to read more than what is asked for.</param>
    protected abstract void ReadCore(
        TensorInfo tensor, long start, Span<byte> destination, CancellationToken cancellation);

    /// <summary>The same for a source that is made of others.</summary>
    internal void ReadStored(TensorInfo tensor, long start, Span<byte> destination, CancellationToken cancellation)
    {
        CheckOwner(tensor);
        ReadCore(tensor, start, destination, cancellation);
    }

    private delegate void Decoder(ReadOnlySpan<byte> source, Span<float> destination);

    private void ReadFloats(TensorInfo tensor, long first, Span<float> destination, CancellationToken cancellation)
    {
        // A span of bytes cannot be longer than 2^31 - 1, one of floats can stand for four times as much.
        const int most = 1 << 28;
        for (int done = 0; done < destination.Length; done += most)
        {
            Span<float> piece = destination.Slice(done, Math.Min(most, destination.Length - done));
            ReadCore(tensor, (first + done) * sizeof(float), MemoryMarshal.AsBytes(piece), cancellation);
        }
    }

    private void ReadDecoded(
        TensorInfo tensor, long first, Span<float> destination, int elementBytes, Decoder decode,
        CancellationToken cancellation)
    {
        int most = ChunkBytes / elementBytes;
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (int done = 0; done < destination.Length; done += most)
            {
                Span<float> piece = destination.Slice(done, Math.Min(most, destination.Length - done));
                Span<byte> bytes = chunk.AsSpan(0, piece.Length * elementBytes);
                cancellation.ThrowIfCancellationRequested();
                ReadCore(tensor, (first + done) * elementBytes, bytes, cancellation);
                decode(bytes, piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private void CheckOwner(TensorInfo tensor)
    {
        ThrowIfDisposed();
        if (!TryGet(tensor.Name, out TensorInfo? own) || !ReferenceEquals(own, tensor))
        {
            throw new ArgumentException($"{tensor} is not a tensor of {Name}.", nameof(tensor));
        }
    }
}
