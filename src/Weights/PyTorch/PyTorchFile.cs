using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// A checkpoint that <c>torch.save</c> wrote: the zip archive since PyTorch 1.6, or the stream before it. Opening reads
/// the directory and the description of the tensors, by a list of what has a meaning; nothing in the file is ever run.
/// Values are read where they are asked for. A tensor that is stored in another order is brought into C order then.
/// </summary>
/// <remarks>
/// The tensors are those of the saved dict, or of the one dict of tensors inside it (<c>model</c>, <c>model_state</c>,
/// <c>model_state_dict</c>, <c>state_dict</c>, or another that is alone); what stands beside them is ignored, see
/// <see cref="Notes"/>. A record's checksum is compared when values
/// in it are first read. An archive whose checksums are all zero was written without
/// (<c>torch.serialization.set_crc32_options(False)</c>) and is read as it is.
/// </remarks>
public sealed class PyTorchFile : FileTensorSource
{
    /// <summary>Views of the same values may take this many times the bytes of the file, and a constant.</summary>
    private const int MaxExpansion = 8;

    private const long FreeExpansionBytes = 64 << 20;

    private readonly ByteSource bytes;
    private readonly Dictionary<string, StoredTensor> places;

    private PyTorchFile(
        string name, string format, ByteSource bytes, ImmutableArray<StoredTensor> tensors, TorchContent content, StateDict table)
        : base(name, bytes, [.. tensors.Select(tensor => tensor.Info)], ImmutableDictionary<string, string>.Empty)
    {
        Format = format;
        this.bytes = bytes;
        places = tensors.ToDictionary(tensor => tensor.Info.Name, StringComparer.Ordinal);
        Notes = [.. Remarks(table, content.Strangers)];
        Others = table.Others;
    }

    /// <inheritdoc/>
    public override string Format { get; }

    /// <inheritdoc/>
    public override ImmutableArray<string> Notes { get; }

    /// <inheritdoc/>
    internal override IReadOnlyDictionary<string, string> Others { get; }

    /// <summary>Opens a file. Others may replace or delete it meanwhile; the content opened stays.</summary>
    /// <param name="ignoreChecksums">Reads values whose checksum is wrong, as PyTorch itself does.</param>
    /// <exception cref="PyTorchException">The content breaks a rule.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static PyTorchFile Open(string path, bool ignoreChecksums = false) =>
        Open(path, ByteSource.Of(path), ignoreChecksums);

    /// <summary>Opens a stream from its position on, see <see cref="SafetensorsFile.Open(Stream, bool, string?)"/>.</summary>
    /// <param name="stream">The stream; taken over, and disposed with the result.</param>
    /// <param name="leaveOpen">Leaves the stream to the caller.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="ignoreChecksums">Reads values whose checksum is wrong, as PyTorch itself does.</param>
    /// <exception cref="PyTorchException">The content breaks a rule.</exception>
    public static PyTorchFile Open(
        Stream stream, bool leaveOpen = false, string? name = null, bool ignoreChecksums = false) =>
        Open(name ?? ByteSource.NameOf(stream), ByteSource.Of(stream, leaveOpen, name), ignoreChecksums);

    /// <summary>Opens a file that is in memory; the memory is read in place and must not change.</summary>
    /// <param name="ignoreChecksums">Reads values whose checksum is wrong, as PyTorch itself does.</param>
    /// <exception cref="PyTorchException">The content breaks a rule.</exception>
    public static PyTorchFile Open(ReadOnlyMemory<byte> memory, bool ignoreChecksums = false) =>
        Open(ByteSource.MemoryName, new MemoryBytes(memory), ignoreChecksums);

    /// <summary>Opens bytes, which the result owns; they are closed where opening fails.</summary>
    internal static PyTorchFile Open(string name, ByteSource bytes, bool ignoreChecksums)
    {
        try
        {
            bool isArchive = IsArchive(bytes);
            TorchContent content = isArchive
                ? TorchArchive.Read(bytes, name, ignoreChecksums)
                : LegacyStream.Read(bytes, name);
            StateDict table = StateDict.Find(content.Root, content.RootPlace);
            ImmutableArray<StoredTensor> tensors =
            [
                .. table.Tensors
                    .Select(pair => StoredTensor.Of(pair.Key, pair.Value, content.Storages[pair.Value.Storage]))
                    .OrderBy(tensor => tensor.Info.Offset),
            ];
            CheckExpansion(tensors, bytes.Length, content.RootPlace);
            return new PyTorchFile(name, isArchive ? "PyTorch zip" : "PyTorch stream", bytes, tensors, content, table);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>The error for a file that ends at or behind a position, but was longer when it was opened.</summary>
    internal static PyTorchException Shrank(string file, long position) => new(
        PyTorchError.FileShrank, file, position, "the file ends here, but was longer when it was opened.");

    /// <inheritdoc/>
    protected override void ReadCore(
        TensorInfo tensor, long start, Span<byte> destination, CancellationToken cancellation)
    {
        StoredTensor place = places[tensor.Name];
        place.Storage.Check(bytes, Name, cancellation);
        if (place.IsContiguous)
        {
            Fill(tensor.Offset + start, destination);
        }
        else
        {
            long first = start / place.View.Storage.ElementBytes;
            StridedReader.Read(place.View, place.Storage.Position, first, destination, Fill);
        }
    }

    /// <inheritdoc/>
    private protected override Exception Shrank(long position) => Shrank(Name, position);

    private static IEnumerable<string> Remarks(StateDict table, IReadOnlyCollection<string> strangers)
    {
        string[] suspects = [.. strangers.Where(SuspectGlobals.Has)];
        if (suspects.Length > 0)
        {
            yield return $"Warning: when PyTorch loads this file, it may run {Names(suspects)}. Here nothing in it is run. "
                + "Use the file nowhere else.";
        }

        if (table.Ignored is { } ignored)
        {
            yield return ignored;
        }

        string[] harmless = [.. strangers.Except(suspects)];
        if (harmless.Length > 0)
        {
            yield return $"Classes and functions of Python that weights do not need were ignored, and none was run: {Names(harmless)}.";
        }
    }

    private static string Names(string[] globals) => Printable.List(globals.Select(Printable.Quote), globals.Length);

    /// <summary>A zip archive begins with its first record, or, empty, with its end.</summary>
    private static bool IsArchive(ByteSource bytes)
    {
        Span<byte> start = stackalloc byte[2];
        return bytes.TryFill(0, start) && start.SequenceEqual("PK"u8);
    }

    /// <summary>A small file must not stand for values without end, by strides of zero or by many views of a storage.</summary>
    private static void CheckExpansion(ImmutableArray<StoredTensor> tensors, long fileLength, FilePlace place)
    {
        Int128 total = 0;
        foreach (StoredTensor tensor in tensors)
        {
            total += tensor.Info.ByteLength;
        }

        if (total > FreeExpansionBytes + ((Int128)fileLength * MaxExpansion))
        {
            throw place.Error(
                PyTorchError.TooMuchExpansion, $"the tensors would take {total} bytes, the file has {fileLength}.");
        }
    }

    /// <summary>A tensor, and where its values are.</summary>
    private sealed record StoredTensor(TensorInfo Info, TensorRef View, StoredBytes Storage, bool IsContiguous)
    {
        public static StoredTensor Of(string name, TensorRef view, StoredBytes storage)
        {
            long offset = storage.Position + (view.Offset * view.Storage.ElementBytes);
            TensorInfo info = new(name, view.Storage.Dtype, view.Shape, offset);
            return new StoredTensor(info, view, storage, StridedReader.IsContiguous(view));
        }
    }
}
