namespace SamNative.Weights;

/// <summary>
/// The zip archive that <c>torch.save</c> writes since 1.6 (<c>docs/source/notes/serialization.rst</c> of PyTorch): one
/// folder with the pickle <c>data.pkl</c>, the storages <c>data/KEY</c>, and small records about the file itself.
/// </summary>
internal sealed class TorchArchive
{
    private readonly ByteSource bytes;
    private readonly string file;
    private readonly OrderedDictionary<string, StoredBytes> records;
    private readonly string root;

    private TorchArchive(ByteSource bytes, string file, bool ignoreChecksums)
    {
        (this.bytes, this.file, IgnoreChecksums) = (bytes, file, ignoreChecksums);
        records = ZipDirectory.Read(bytes, file);
        string first = records.Count > 0 ? records.GetAt(0).Key : "";
        root = first[..(first.IndexOf('/', StringComparison.Ordinal) + 1)];
    }

    private bool IgnoreChecksums { get; }

    /// <summary>Reads everything but values.</summary>
    /// <exception cref="PyTorchException">A rule is broken.</exception>
    public static TorchContent Read(ByteSource bytes, string file, bool ignoreChecksums)
    {
        TorchArchive archive = new(bytes, file, ignoreChecksums);
        archive.CheckRecords();
        archive.CheckByteOrder();
        return archive.ReadPickle();
    }

    private void CheckRecords()
    {
        foreach ((string name, StoredBytes place) in records)
        {
            if (root.Length == 0 || !name.StartsWith(root, StringComparison.Ordinal))
            {
                throw Error(
                    PyTorchError.SeveralRoots, place, $"the record {Printable.Quote(name)} is not in the archive's one folder.");
            }

            ReadOnlySpan<char> rest = name.AsSpan(root.Length);
            if (rest is "constants.pkl" || rest.StartsWith("code/", StringComparison.Ordinal))
            {
                throw Error(PyTorchError.TorchScript, place, "the file is a TorchScript program, not a table of tensors.");
            }
        }
    }

    private void CheckByteOrder()
    {
        const int longest = 6;
        if (!records.TryGetValue($"{root}byteorder", out StoredBytes? place))
        {
            return;
        }

        Span<byte> word = stackalloc byte[(int)Math.Min(place.Length, longest + 1)];
        Open(place);
        if (!bytes.TryFill(place.Position, word))
        {
            throw PyTorchFile.Shrank(file, place.Position);
        }

        if (word.SequenceEqual("big"u8))
        {
            throw Error(PyTorchError.BigEndian, place, "the values are big endian.");
        }

        if (!word.SequenceEqual("little"u8))
        {
            throw Error(PyTorchError.InvalidByteOrder, place, "the byte order is neither little nor big.");
        }
    }

    private TorchContent ReadPickle()
    {
        if (!records.TryGetValue($"{root}data.pkl", out StoredBytes? place))
        {
            throw new FilePlace(file, 0).Error(
                PyTorchError.MissingRecord,
                $"the zip archive has no {Printable.Quote($"{root}data.pkl")}, so torch.save did not write it.");
        }

        Open(place);
        PickleInput input = new(bytes, file, place.Position, place.Position + place.Length);
        FilePlace start = input.Place;
        Pickle pickle = PickleMachine.Run(input, isLegacy: false);
        return input.Position == input.End
            ? new TorchContent(
                pickle.Root, start, pickle.Storages.Values.ToDictionary(storage => storage, Find), pickle.Strangers)
            : throw input.Place.Error(
                PyTorchError.TrailingData, $"{input.End - input.Position} bytes follow the end of the pickle.");
    }

    private StoredBytes Find(StorageRef storage)
    {
        string name = $"{root}data/{storage.Key}";
        if (!records.TryGetValue(name, out StoredBytes? place))
        {
            throw storage.Place.Error(
                PyTorchError.MissingRecord, $"the archive has no {Printable.Quote(name)}, which a tensor needs.");
        }

        if (place.Length != storage.ByteLength)
        {
            throw storage.Place.Error(
                PyTorchError.StorageMismatch,
                $"the record {Printable.Quote(name)} has {place.Length} bytes, not those of {storage.Count} values of "
                + $"{storage.Dtype.FileName()}.");
        }

        return IgnoreChecksums ? new StoredBytes(place.Position, place.Length, crc: null) : place;
    }

    private void Open(StoredBytes place)
    {
        if (!IgnoreChecksums)
        {
            place.Check(bytes, file);
        }
    }

    private PyTorchException Error(PyTorchError code, StoredBytes place, string problem) =>
        new FilePlace(file, place.Position).Error(code, problem);
}
