using System.Buffers.Binary;
using System.Text;

namespace SamNative.Weights;

/// <summary>
/// Opens a file of weights of any kind we read, safetensors or PyTorch; its content decides, not its name. A model in several
/// files is given by their index, or by the folder that holds it.
/// </summary>
public static class CheckpointFile
{
    private const int TarMagicStart = 257;

    /// <summary>What the index of a model in several files ends with.</summary>
    internal const string IndexEnd = ".index.json";

    private const string Picture = "is a picture, not weights: give it as the image";

    /// <summary>What files of weights are usually called.</summary>
    private static readonly string[] extensions = [".pth", ".pt", ".safetensors", ".ckpt"];

    /// <summary>What other files begin with, and what to do about them.</summary>
    private static readonly (byte[] Start, string Looks)[] others =
    [
        ([0x1F, 0x8B], "is packed with gzip: unpack it first"),
        ([.. "BZh"u8], "is packed with bzip2: unpack it first"),
        ([0xFD, .. "7zXZ"u8], "is packed with xz: unpack it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "is packed with zstd: unpack it first"),
        ([.. "7z"u8, 0xBC, 0xAF], "is a 7z archive: unpack it first"),
        ([.. "Rar!"u8], "is a RAR archive: unpack it first"),
        ([.. "version https://git-lfs"u8], "is a pointer of Git LFS, not the file: fetch it with git lfs pull"),
        ([.. "<"u8], "is a web page or XML, not weights: the download went wrong, fetch it again"),
        ([0x89, .. "HDF"u8], "is an HDF5 file: use the weights of the PyTorch model"),
        ([.. "GGUF"u8], "is a GGUF file: use the weights of the PyTorch model"),
        ([0x93, .. "NUMPY"u8], "is a NumPy array: save the tensors as safetensors"),
        ([0x89, .. "PNG"u8], Picture),
        ([0xFF, 0xD8, 0xFF], Picture),
    ];

    /// <summary>Opens a file. Others may replace or delete it meanwhile; the content opened stays.</summary>
    /// <param name="ignoreChecksums">Reads a PyTorch file whose checksums are wrong, as PyTorch itself does.</param>
    /// <exception cref="SafetensorsException">It begins like a safetensors file, and breaks a rule of the format.</exception>
    /// <exception cref="PyTorchException">It begins like a file of PyTorch, and breaks a rule.</exception>
    /// <exception cref="CheckpointException">It is no file of weights that we read; the message says what it looks like.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TensorSource Open(string path, bool ignoreChecksums = false) =>
        Open(path, ignoreChecksums, CancellationToken.None);

    /// <summary>The same as <see cref="Open(string, bool)"/>, where a cancellation ends the wait for a pipe.</summary>
    internal static TensorSource Open(string path, bool ignoreChecksums, CancellationToken cancellation) =>
        Open(path, OpenIndex, ignoreChecksums, cancellation);

    /// <summary>Opens a stream from its position on, see <see cref="SafetensorsFile.Open(Stream, bool, string?)"/>.</summary>
    /// <inheritdoc cref="PyTorchFile.Open(Stream, bool, string?, bool)" path="/param"/>
    /// <inheritdoc cref="Open(string, bool)" path="/exception"/>
    public static TensorSource Open(
        Stream stream, bool leaveOpen = false, string? name = null, bool ignoreChecksums = false) =>
        Open(name ?? ByteSource.NameOf(stream), ByteSource.Of(stream, leaveOpen, name), ignoreChecksums);

    /// <summary>Opens a file whose index, if it is one, is opened in a certain way; null where the model is never in several.</summary>
    internal static TensorSource Open(
        string path, IndexOpener? openIndex, bool ignoreChecksums, CancellationToken cancellation)
    {
        string file = Directory.Exists(path) ? FindIndex(path) : path;
        return Open(file, ByteSource.Of(file, cancellation), ignoreChecksums, openIndex, cancellation);
    }

    /// <summary>
    /// The files that <see cref="Open(string, bool)"/> may read for a path: the file itself, or an index and its shards. What
    /// cannot be read is told by opening it.
    /// </summary>
    internal static IEnumerable<string> FilesOf(string path)
    {
        try
        {
            string file = Directory.Exists(path) ? FindIndex(path) : path;
            return file.EndsWith(IndexEnd, StringComparison.OrdinalIgnoreCase)
                ? [file, .. ShardedFile.ShardsOf(file)]
                : [file];
        }
        catch (Exception error) when (error is CheckpointException or IOException or UnauthorizedAccessException)
        {
            return [path];
        }
    }

    /// <summary>Opens the shards that models of any family need.</summary>
    private static ShardedFile OpenIndex(string path, ByteSource bytes, bool ignoreChecksums, CancellationToken cancellation) =>
        ShardedFile.Open(path, bytes, ModelFamilies.FindNaming, ignoreChecksums, cancellation);

    /// <summary>Opens one of several files of a model, which cannot be an index again.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="name">What messages call it.</param>
    internal static TensorSource OpenShard(
        string path, string name, bool ignoreChecksums, CancellationToken cancellation) =>
        Open(name, ByteSource.Of(path, cancellation), ignoreChecksums, openIndex: null, cancellation);

    /// <summary>Opens a file that is in memory; the memory is read in place and must not change.</summary>
    /// <inheritdoc cref="Open(string, bool)" path="/exception"/>
    public static TensorSource Open(ReadOnlyMemory<byte> memory) =>
        Open(ByteSource.MemoryName, new MemoryBytes(memory), ignoreChecksums: false);

    /// <summary>Whether a file is called as files of weights usually are.</summary>
    internal static bool HasKnownExtension(string name) =>
        extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>The one index in a folder.</summary>
    /// <exception cref="IOException">There is none, or more than one; the message says which file to give.</exception>
    private static string FindIndex(string path)
    {
        EnumerationOptions options = new() { IgnoreInaccessible = true };
        List<string> files =
            [.. Directory.EnumerateFiles(path, "*", options).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        List<string> indexes = files.FindAll(file => file.EndsWith(IndexEnd, StringComparison.OrdinalIgnoreCase));
        if (indexes is [string index])
        {
            return Path.Combine(path, index);
        }

        List<string> models = indexes is [] ? files.FindAll(HasKnownExtension) : indexes;
        string cure = models switch
        {
            [] => "give a file of weights",
            [string only] => $"open the file {Printable.Plain(only)} in it",
            _ => $"open one of the files in it: {Printable.List(models.Select(Printable.Plain), models.Count)}",
        };
        throw new IOException($"{path} is a folder: {cure}.");
    }

    /// <param name="openIndex">Null where the name is no path, beside which the shards of an index can be.</param>
    private static TensorSource Open(
        string name, ByteSource bytes, bool ignoreChecksums, IndexOpener? openIndex = null,
        CancellationToken cancellation = default)
    {
        Span<byte> start = stackalloc byte[TarMagicStart + 5];
        start = start[..bytes.Read(0, start)];
        if (IsSafetensors(start))
        {
            return SafetensorsFile.Open(name, bytes);
        }

        if (start.StartsWith("PK"u8) || start is [0x80, <= 5, ..])
        {
            return PyTorchFile.Open(name, bytes, ignoreChecksums);
        }

        using (bytes)
        {
            return openIndex is not null && ShardIndex.IsJson(start)
                ? openIndex(name, bytes, ignoreChecksums, cancellation)
                : throw Refuse(name, start);
        }
    }

    /// <summary>A length that a header can have, and the brace that begins it, or the white space that may stand before.</summary>
    private static bool IsSafetensors(ReadOnlySpan<byte> start) =>
        start.Length > SafetensorsHeader.LengthBytes
        && BinaryPrimitives.ReadUInt64LittleEndian(start) <= SafetensorsHeader.MaxBytes
        && start[SafetensorsHeader.LengthBytes] is (byte)'{' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static Exception Refuse(string name, ReadOnlySpan<byte> start)
    {
        if (start.Length == TarMagicStart + 5 && start[TarMagicStart..].SequenceEqual("ustar"u8))
        {
            return new PyTorchException(
                PyTorchError.TarArchive, name, 0, "the file is a tar archive, as PyTorch wrote before 0.2, or others.");
        }

        return new CheckpointException(CheckpointError.UnknownFormat, $"{name} {Describe(start)}.");
    }

    private static string Describe(ReadOnlySpan<byte> start)
    {
        // Field 1 of the message, the version of the format, a small number; then a field of text or a message.
        if (start is [0x08, >= 3 and < 32, 0x12 or 0x1A or 0x3A, ..])
        {
            return "looks like an ONNX graph: use the weights of the PyTorch model it was made from";
        }

        if (ShardIndex.IsJson(start))
        {
            return "is JSON, not weights: an index of a model in several files is given by its path, and lists no other index";
        }

        foreach ((byte[] other, string looks) in others)
        {
            if (start.StartsWith(other))
            {
                return looks;
            }
        }

        const int shown = 8;
        return start.IsEmpty
            ? "is empty: fetch or copy it again"
            : "is neither a safetensors nor a PyTorch file; it begins with "
                + $"{Printable.Quote(Encoding.Latin1.GetString(start[..Math.Min(shown, start.Length)]))}: check what was given";
    }
}

/// <summary>Opens the shards of an index. Who needs none hands over none, and needs no code for them.</summary>
internal delegate TensorSource IndexOpener(
    string path, ByteSource bytes, bool ignoreChecksums, CancellationToken cancellation);
