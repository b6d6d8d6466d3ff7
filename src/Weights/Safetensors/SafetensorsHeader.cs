using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;

namespace SamNative.Weights;

/// <summary>
/// Parses a header by the rules of the reference implementation (huggingface/safetensors, <c>tensor.rs</c>) and three
/// stricter ones: no duplicate key, no unknown element type, nothing but strings under <c>__metadata__</c>.
/// </summary>
internal ref struct SafetensorsHeader
{
    /// <summary>The format's own limit, for reading and writing.</summary>
    public const int MaxBytes = 100_000_000;

    /// <summary>Our limit of <c>__metadata__</c>, for reading and writing.</summary>
    public const int MaxMetadataBytes = 10_000_000;

    /// <summary>The format's limit of every dimension and offset.</summary>
    public const long MaxNumber = (1L << 48) - 1;

    /// <summary>The length field in front of the header.</summary>
    public const int LengthBytes = sizeof(ulong);

    /// <summary>The key that holds the metadata, and that no tensor can have.</summary>
    public const string MetadataKey = "__metadata__";

    private readonly ReadOnlySpan<byte> header;
    private readonly string fileName;
    private readonly long dataStart;
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly List<TensorInfo> tensors = [];
    private Utf8JsonReader json;

    /// <summary>The tensor being read; messages name it.</summary>
    private string? current;

    private SafetensorsHeader(ReadOnlySpan<byte> header, string fileName)
    {
        this.header = header;
        this.fileName = fileName;
        dataStart = LengthBytes + header.Length;
        json = new Utf8JsonReader(header);
    }

    /// <summary>Parses and checks everything that can be checked without the values.</summary>
    /// <param name="header">The header without its length field.</param>
    /// <param name="fileLength">The length of the whole file in bytes.</param>
    /// <param name="fileName">For messages.</param>
    /// <exception cref="SafetensorsException">A rule is broken.</exception>
    public static (ImmutableArray<TensorInfo> Tensors, OrderedDictionary<string, string> Metadata) Parse(
        ReadOnlySpan<byte> header, long fileLength, string fileName)
    {
        SafetensorsHeader parser = new(header, fileName);
        if (!Utf8.IsValid(header))
        {
            throw parser.Error(SafetensorsError.InvalidText, LengthBytes, "the header is not valid UTF-8.");
        }

        try
        {
            parser.ReadRoot();
        }
        catch (JsonException)
        {
            throw parser.Error(
                SafetensorsError.InvalidJson, LengthBytes + parser.json.BytesConsumed, "the header is not valid JSON.");
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for a string that it cannot turn into UTF-16.
            throw parser.Error(SafetensorsError.InvalidText, "a string escapes half of a surrogate pair.");
        }

        return (parser.SortByOffset(fileLength), parser.metadata);
    }

    private void ReadRoot()
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw Error(SafetensorsError.InvalidJson, "the header is not a JSON object.");
        }

        while (NextProperty())
        {
            string name = json.GetString()!;
            if (!names.Add(name))
            {
                throw Error(SafetensorsError.DuplicateKey, $"the key {Printable.Quote(name)} is there twice.");
            }

            json.Read();
            if (name == MetadataKey)
            {
                ReadMetadata();
            }
            else
            {
                current = name;
                ReadTensor(name);
                current = null;
            }
        }

        // Throws where something follows the object.
        json.Read();
    }

    private void ReadMetadata()
    {
        Require(JsonTokenType.StartObject, SafetensorsError.InvalidMetadata, "__metadata__ is not an object.");
        long start = json.TokenStartIndex;
        while (NextProperty())
        {
            string key = json.GetString()!;
            json.Read();
            Require(JsonTokenType.String, SafetensorsError.InvalidMetadata, "__metadata__ holds more than strings.");
            if (json.BytesConsumed - start > MaxMetadataBytes)
            {
                throw Error(
                    SafetensorsError.MetadataTooLarge, $"__metadata__ is larger than {MaxMetadataBytes} bytes.");
            }

            if (!metadata.TryAdd(key, json.GetString()!))
            {
                throw Error(SafetensorsError.DuplicateKey, $"__metadata__ has {Printable.Quote(key)} twice.");
            }
        }
    }

    private void ReadTensor(string name)
    {
        long position = LengthBytes + json.TokenStartIndex;
        Require(JsonTokenType.StartObject, SafetensorsError.InvalidTensor, "its entry is not an object.");
        TensorDtype? dtype = null;
        ImmutableArray<long>? shape = null;
        (long Begin, long End)? offsets = null;
        while (NextProperty())
        {
            if (dtype is null && json.ValueTextEquals("dtype"u8))
            {
                dtype = ReadDtype();
            }
            else if (shape is null && json.ValueTextEquals("shape"u8))
            {
                shape = ReadNumbers();
            }
            else if (offsets is null && json.ValueTextEquals("data_offsets"u8))
            {
                offsets = ReadOffsets();
            }
            else
            {
                throw Error(
                    SafetensorsError.InvalidTensor, $"unknown or repeated field {Printable.Quote(json.GetString()!)}.");
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            throw Error(SafetensorsError.InvalidTensor, position, "dtype, shape or data_offsets is missing.");
        }

        CheckSize(dtype.Value, shape.Value, offsets.Value, position);
        tensors.Add(new TensorInfo(name, dtype.Value, shape.Value, dataStart + offsets.Value.Begin));
    }

    private readonly void CheckSize(
        TensorDtype dtype, ImmutableArray<long> shape, (long Begin, long End) offsets, long position)
    {
        ulong bits = TensorInfo.BitsOf(dtype, shape)
            ?? throw Error(
                SafetensorsError.ShapeOverflow, position, $"the shape {Printable.Shape(shape)} is impossibly large.");
        if (bits % 8 != 0)
        {
            throw Error(
                SafetensorsError.PartialByte,
                position,
                $"the shape {Printable.Shape(shape)} of {dtype.FileName()} does not fill whole bytes.");
        }

        if (offsets.End < offsets.Begin)
        {
            throw Error(
                SafetensorsError.InvalidOffset, position, $"it ends at {offsets.End} but begins at {offsets.Begin}.");
        }

        long found = offsets.End - offsets.Begin;
        if ((ulong)found != bits / 8)
        {
            throw Error(
                SafetensorsError.SizeMismatch,
                position,
                $"{dtype.FileName()} {Printable.Shape(shape)} needs {bits / 8} bytes, data_offsets span {found}.");
        }
    }

    /// <summary>
    /// The tensors in the order of their values, which must follow each other from the header to the end of the file
    /// without hole or overlap. Empty tensors share their offset with the next one, so the length counts as well.
    /// </summary>
    private ImmutableArray<TensorInfo> SortByOffset(long fileLength)
    {
        ImmutableArray<TensorInfo> sorted =
            [.. tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteLength)];
        long end = dataStart;
        foreach (TensorInfo tensor in sorted)
        {
            if (tensor.Offset != end)
            {
                current = tensor.Name;
                string problem = tensor.Offset > end ? "there is a hole before it." : "it overlaps the one before it.";
                throw Error(SafetensorsError.InvalidOffset, tensor.Offset, problem);
            }

            end += tensor.ByteLength;
        }

        return end == fileLength
            ? sorted
            : throw Error(
                SafetensorsError.FileLengthMismatch,
                Math.Min(end, fileLength),
                $"the header describes {end} bytes, the file has {fileLength}.");
    }

    private TensorDtype ReadDtype()
    {
        json.Read();
        Require(JsonTokenType.String, SafetensorsError.InvalidTensor, "dtype is not a string.");
        foreach (TensorDtype dtype in TensorDtypes.All)
        {
            if (json.ValueTextEquals(dtype.FileName()))
            {
                return dtype;
            }
        }

        throw Error(SafetensorsError.UnknownDtype, $"unknown element type {Printable.Quote(json.GetString()!)}.");
    }

    private (long Begin, long End) ReadOffsets()
    {
        ImmutableArray<long> offsets = ReadNumbers();
        return offsets is [long begin, long end]
            ? (begin, end)
            : throw Error(SafetensorsError.InvalidTensor, $"data_offsets has {offsets.Length} numbers, not 2.");
    }

    private ImmutableArray<long> ReadNumbers()
    {
        json.Read();
        Require(JsonTokenType.StartArray, SafetensorsError.InvalidTensor, "shape or data_offsets is not an array.");

        // Counted first: a hostile list of millions then costs what it holds, not what a growing list would.
        ReadOnlySpan<byte> rest = header[(int)json.BytesConsumed..];
        int end = rest.IndexOf((byte)']');
        ImmutableArray<long>.Builder numbers =
            ImmutableArray.CreateBuilder<long>(rest[..Math.Max(end, 0)].Count((byte)',') + 1);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            numbers.Add(ReadNumber());
        }

        return numbers.DrainToImmutable();
    }

    private readonly long ReadNumber()
    {
        Require(JsonTokenType.Number, SafetensorsError.InvalidTensor, "shape or data_offsets holds more than numbers.");
        if (json.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw Error(SafetensorsError.InvalidNumber, "a number is not a plain non-negative integer.");
        }

        return json.TryGetInt64(out long number) && number <= MaxNumber
            ? number
            : throw Error(SafetensorsError.NumberTooLarge, "a number exceeds 2^48 - 1.");
    }

    private bool NextProperty()
    {
        json.Read();
        return json.TokenType == JsonTokenType.PropertyName;
    }

    private readonly void Require(JsonTokenType token, SafetensorsError code, string problem)
    {
        if (json.TokenType != token)
        {
            throw Error(code, problem);
        }
    }

    private readonly SafetensorsException Error(SafetensorsError code, string problem) =>
        Error(code, LengthBytes + json.TokenStartIndex, problem);

    private readonly SafetensorsException Error(SafetensorsError code, long position, string problem) =>
        new(code, fileName, position, current is null ? problem : $"tensor {Printable.Quote(current)}: {problem}");
}
