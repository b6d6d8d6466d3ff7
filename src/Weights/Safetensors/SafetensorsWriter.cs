using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SamNative.Weights;

/// <summary>
/// Writes safetensors files. The same tensors and metadata give the same bytes, in whatever order the tensors were
/// added: they are sorted by descending element size, then by name, and the header is padded to a multiple of 8 bytes,
/// so every tensor is aligned. Values are taken while writing, in small pieces.
/// </summary>
public sealed class SafetensorsWriter
{
    private const int ChunkFloats = TensorSource.ChunkBytes / sizeof(float);

    private readonly OrderedDictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    private delegate void FloatReader(long first, Span<float> destination);

    /// <summary>Adds a line of metadata; the file keeps the order of adding.</summary>
    /// <exception cref="ArgumentException">The key is there already, or is not Unicode text.</exception>
    public void AddMetadata(string key, string value)
    {
        RequireText(key, nameof(key));
        RequireText(value, nameof(value));
        metadata.Add(key, value);
    }

    /// <summary>Adds a tensor of float values, stored as F32, F16 or BF16 (rounded to nearest even).</summary>
    /// <param name="name">The key; not empty, without control characters.</param>
    /// <param name="shape">The dimensions; empty for a scalar.</param>
    /// <param name="values">The values in C order; read when the file is written.</param>
    /// <param name="dtype">F32, F16 or BF16.</param>
    /// <exception cref="ArgumentException">The name, the shape or the type does not fit.</exception>
    public void Add(
        string name, ReadOnlySpan<long> shape, ReadOnlyMemory<float> values, TensorDtype dtype = TensorDtype.F32)
    {
        TensorInfo tensor = Describe(name, dtype, shape);
        if (values.Length != tensor.ElementCount)
        {
            throw new ArgumentException(
                $"{tensor} needs {tensor.ElementCount} values, not {values.Length}.", nameof(values));
        }

        AddFloats(tensor, (first, piece) => values.Span.Slice((int)first, piece.Length).CopyTo(piece));
    }

    /// <summary>Adds a tensor of any type by its bytes: little endian, C order.</summary>
    /// <param name="name">The key; not empty, without control characters.</param>
    /// <param name="shape">The dimensions; empty for a scalar.</param>
    /// <param name="bytes">As many bytes as shape and type ask for; read when the file is written.</param>
    /// <param name="dtype">The type of an element.</param>
    /// <exception cref="ArgumentException">The name or the shape does not fit.</exception>
    public void AddBytes(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes, TensorDtype dtype)
    {
        TensorInfo tensor = Describe(name, dtype, shape);
        if (bytes.Length != tensor.ByteLength)
        {
            throw new ArgumentException(
                $"{tensor} needs {tensor.ByteLength} bytes, not {bytes.Length}.", nameof(bytes));
        }

        AddEntry(tensor, (stream, _) => stream.Write(bytes.Span));
    }

    /// <summary>Adds a tensor of another file, as it is or converted to F32, F16 or BF16.</summary>
    /// <remarks>An infinity of a tensor in F64 cannot be told from a value too large for F32, and is refused.</remarks>
    /// <param name="name">The key in the new file.</param>
    /// <param name="source">Where the values are; must be open until the file is written.</param>
    /// <param name="tensor">A tensor of <paramref name="source"/>.</param>
    /// <param name="dtype">The type to store, or null for the tensor's own.</param>
    /// <exception cref="ArgumentException">The name or the type does not fit.</exception>
    public void Add(string name, TensorSource source, TensorInfo tensor, TensorDtype? dtype = null)
    {
        TensorInfo stored = Describe(name, dtype ?? tensor.Dtype, tensor.Shape.AsSpan());
        if (stored.Dtype == tensor.Dtype)
        {
            AddEntry(stored, (stream, cancellation) => source.CopyTo(tensor, stream, cancellation));
        }
        else
        {
            AddFloats(stored, (first, piece) => ReadConverted(source, tensor, first, piece));
        }
    }

    /// <summary>Writes the file whole or not at all, see <see cref="AtomicFile"/>.</summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <param name="progress">Told after every tensor which part of the values is written, up to 1.</param>
    /// <param name="cancellation">Ends the writing; nothing is left behind.</param>
    /// <exception cref="IOException">The file exists and may not be replaced, or the disk fails.</exception>
    /// <exception cref="OverflowException">A finite value is too large for the type it shall be stored as.</exception>
    /// <exception cref="InvalidOperationException">Header or metadata exceed the limits of the format.</exception>
    public void Save(
        string path, bool overwrite = false, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        AtomicFile.Write(path, overwrite, stream => Save(stream, progress, cancellation));

    /// <summary>Writes the bytes of the file to a stream, front to back.</summary>
    /// <inheritdoc cref="Save(string, bool, IProgress{double}, CancellationToken)" path="/exception"/>
    public void Save(Stream stream, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        List<Entry> sorted = Sorted();
        stream.Write(BuildHeader(sorted));
        long total = sorted.Sum(static entry => entry.Tensor.ByteLength);
        long done = 0;
        foreach (Entry entry in sorted)
        {
            cancellation.ThrowIfCancellationRequested();
            entry.Write(stream, cancellation);
            done += entry.Tensor.ByteLength;
            progress?.Report(total == 0 ? 1 : (double)done / total);
        }
    }

    /// <summary>How many bytes are written.</summary>
    internal long ByteLength
    {
        get
        {
            List<Entry> sorted = Sorted();
            return BuildHeader(sorted).Length + sorted.Sum(static entry => entry.Tensor.ByteLength);
        }
    }

    private List<Entry> Sorted()
    {
        List<Entry> sorted = [.. entries.Values];
        sorted.Sort(static (a, b) =>
        {
            int bySize = b.Tensor.Dtype.BitsPerElement().CompareTo(a.Tensor.Dtype.BitsPerElement());
            return bySize != 0 ? bySize : string.CompareOrdinal(a.Tensor.Name, b.Tensor.Name);
        });
        return sorted;
    }

    private static void WriteTensor(Utf8JsonWriter json, TensorInfo tensor, long begin)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype"u8, tensor.Dtype.FileName());
        json.WriteStartArray("shape"u8);
        foreach (long side in tensor.Shape)
        {
            json.WriteNumberValue(side);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets"u8);
        json.WriteNumberValue(begin);
        json.WriteNumberValue(begin + tensor.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads values as float, and refuses those of an F64 tensor that became infinite.</summary>
    private static void ReadConverted(TensorSource source, TensorInfo tensor, long first, Span<float> destination)
    {
        source.ReadSlice(tensor, first, destination);
        int infinite = tensor.Dtype == TensorDtype.F64
            ? destination.IndexOfAny(float.PositiveInfinity, float.NegativeInfinity)
            : -1;
        if (infinite >= 0)
        {
            throw new OverflowException(
                $"{tensor}: the value at {first + infinite} is infinite, or too large for F32. Leave the tensor as it is, "
                + "or correct the value.");
        }
    }

    private static void WriteFloats(
        Stream stream, TensorInfo tensor, FloatReader read, CancellationToken cancellation)
    {
        float[] floats = ArrayPool<float>.Shared.Rent(ChunkFloats);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(TensorSource.ChunkBytes);
        try
        {
            for (long first = 0; first < tensor.ElementCount; first += ChunkFloats)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<float> piece = floats.AsSpan(0, (int)Math.Min(ChunkFloats, tensor.ElementCount - first));
                read(first, piece);
                stream.Write(Encode(tensor, first, piece, bytes));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(floats);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static ReadOnlySpan<byte> Encode(
        TensorInfo tensor, long first, ReadOnlySpan<float> floats, Span<byte> buffer)
    {
        if (tensor.Dtype == TensorDtype.F32)
        {
            return MemoryMarshal.AsBytes(floats);
        }

        Span<byte> encoded = buffer[..(floats.Length * sizeof(ushort))];
        int overflow = tensor.Dtype == TensorDtype.F16
            ? FloatCoding.EncodeF16(floats, encoded)
            : FloatCoding.EncodeBF16(floats, encoded);
        return overflow < 0
            ? encoded
            : throw new OverflowException(
                $"{tensor}: value {floats[overflow]} at {first + overflow} is too large for {tensor.Dtype.FileName()}. "
                + $"Store the tensor as {(tensor.Dtype == TensorDtype.F16 ? "BF16 or " : "")}F32.");
    }

    private static TensorInfo Describe(string name, TensorDtype dtype, ReadOnlySpan<long> shape)
    {
        RequireText(name, nameof(name));
        if (name.Length == 0 || name == SafetensorsHeader.MetadataKey || name.Any(char.IsControl))
        {
            throw new ArgumentException($"{Printable.Quote(name)} cannot name a tensor.", nameof(name));
        }

        TensorInfo tensor = new(name, dtype, [.. shape], offset: 0);
        return !shape.ContainsAnyExceptInRange(0, SafetensorsHeader.MaxNumber)
            ? tensor
            : throw new ArgumentException($"{tensor} has a dimension above 2^48 - 1.", nameof(shape));
    }

    private static void RequireText(string text, string parameter)
    {
        for (int i = 0; i < text.Length; i += char.IsSurrogate(text[i]) ? 2 : 1)
        {
            if (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i))
            {
                throw new ArgumentException($"{Printable.Quote(text)} holds half of a surrogate pair.", parameter);
            }
        }
    }

    private byte[] BuildHeader(List<Entry> sorted)
    {
        using MemoryStream header = new();
        header.SetLength(SafetensorsHeader.LengthBytes);
        header.Position = header.Length;
        using (Utf8JsonWriter json = new(header, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json);
            long begin = 0;
            foreach (Entry entry in sorted)
            {
                WriteTensor(json, entry.Tensor, begin);
                begin += entry.Tensor.ByteLength;
            }

            json.WriteEndObject();
        }

        while (header.Length % 8 != 0)
        {
            header.WriteByte((byte)' ');
        }

        long length = header.Length - SafetensorsHeader.LengthBytes;
        if (length > SafetensorsHeader.MaxBytes)
        {
            throw new InvalidOperationException(
                $"The header would take {length} bytes; safetensors allows {SafetensorsHeader.MaxBytes}. "
                + "Write fewer tensors or shorter names.");
        }

        byte[] bytes = header.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        return bytes;
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        if (metadata.Count == 0)
        {
            return;
        }

        long start = json.BytesCommitted + json.BytesPending;
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        long length = json.BytesCommitted + json.BytesPending - start;
        if (length > SafetensorsHeader.MaxMetadataBytes)
        {
            throw new InvalidOperationException(
                $"The metadata would take {length} bytes; {SafetensorsHeader.MaxMetadataBytes} are allowed.");
        }
    }

    private void AddFloats(TensorInfo tensor, FloatReader read)
    {
        if (tensor.Dtype is not (TensorDtype.F32 or TensorDtype.F16 or TensorDtype.BF16))
        {
            throw new ArgumentException($"{tensor}: float values are stored as F32, F16 or BF16.", nameof(tensor));
        }

        AddEntry(tensor, (stream, cancellation) => WriteFloats(stream, tensor, read, cancellation));
    }

    private void AddEntry(TensorInfo tensor, Action<Stream, CancellationToken> write)
    {
        if (!entries.TryAdd(tensor.Name, new Entry(tensor, write)))
        {
            throw new ArgumentException($"There is a tensor {Printable.Quote(tensor.Name)} already.", nameof(tensor));
        }
    }

    private sealed record Entry(TensorInfo Tensor, Action<Stream, CancellationToken> Write);
}
