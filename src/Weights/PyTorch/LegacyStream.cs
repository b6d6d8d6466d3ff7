using System.Buffers.Binary;

namespace SamNative.Weights;

/// <summary>
/// The stream that <c>torch.save</c> wrote before 1.6 (<c>_legacy_save</c> in <c>torch/serialization.py</c>): pickles
/// in a row (a magic number, a protocol number, words about the machine, the value, the storages' keys), then for each
/// key the number of values, 8 bytes, and the values.
/// </summary>
internal sealed class LegacyStream
{
    private const int ProtocolNumber = 1001;

    /// <summary>The pickled magic number 0x1950A86A20F9469CFC6C, as the pickle protocols that we read write it.</summary>
    private static readonly byte[][] magics =
    [
        [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E],
        [0x80, 3, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E],
        [
            0x80, 4, 0x95, 13, 0, 0, 0, 0, 0, 0, 0,
            0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
        ],
    ];

    private readonly ByteSource bytes;
    private readonly string file;
    private readonly long fileLength;
    private long position;

    private LegacyStream(ByteSource bytes, string file, long position) =>
        (this.bytes, this.file, fileLength, this.position) = (bytes, file, bytes.Length, position);

    private FilePlace Place => new(file, position);

    /// <summary>Reads everything but values.</summary>
    /// <exception cref="PyTorchException">A rule is broken.</exception>
    public static TorchContent Read(ByteSource bytes, string file) =>
        new LegacyStream(bytes, file, MagicLength(bytes, file)).Read();

    private static int MagicLength(ByteSource bytes, string file)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(bytes.Length, magics[^1].Length)];
        if (!bytes.TryFill(0, start))
        {
            throw PyTorchFile.Shrank(file, 0);
        }

        foreach (byte[] magic in magics)
        {
            if (start.StartsWith(magic))
            {
                return magic.Length;
            }
        }

        throw new FilePlace(file, 0).Error(
            PyTorchError.NotPyTorch, "the file is neither a zip archive nor a stream that torch.save wrote.");
    }

    private TorchContent Read()
    {
        Require(ReadPickle().Root is PickleInt { Value: ProtocolNumber }, "the protocol number is not 1001.");
        CheckByteOrder(ReadPickle().Root);
        FilePlace rootPlace = Place;
        Pickle root = ReadPickle();
        PickleNode keys = ReadPickle().Root;
        return new TorchContent(root.Root, rootPlace, FindStorages(keys, root.Storages), root.Strangers);
    }

    private Pickle ReadPickle()
    {
        PickleInput input = new(bytes, file, position, fileLength);
        Pickle pickle = PickleMachine.Run(input, isLegacy: true);
        position = input.Position;
        return pickle;
    }

    private void CheckByteOrder(PickleNode system)
    {
        PickleNode? order = (system as PickleDict)?.Entries.GetValueOrDefault("little_endian");
        Require(order is PickleBool, "the byte order is not stated.");
        if (order == PickleBool.False)
        {
            throw Place.Error(PyTorchError.BigEndian, "the values are big endian.");
        }
    }

    private Dictionary<StorageRef, StoredBytes> FindStorages(
        PickleNode keys, IReadOnlyDictionary<string, StorageRef> storages)
    {
        Dictionary<StorageRef, StoredBytes> found = [];
        foreach (PickleNode key in Place.Expect<PickleList>(keys, "a list of storages").Items)
        {
            string name = Place.Expect<PickleString>(key, "a storage's key").Value;
            Require(
                storages.TryGetValue(name, out StorageRef? storage),
                $"the storage {Printable.Quote(name)} belongs to no tensor.");
            StoredBytes place = ReadStorage(storage!);
            Require(found.TryAdd(storage!, place), $"the storage {Printable.Quote(name)} is there twice.");
        }

        foreach (StorageRef storage in storages.Values)
        {
            if (!found.ContainsKey(storage))
            {
                throw storage.Place.Error(
                    PyTorchError.MissingRecord,
                    $"the storage {Printable.Quote(storage.Key)}, which a tensor needs, is not in the file.");
            }
        }

        return position == fileLength
            ? found
            : throw Place.Error(PyTorchError.TrailingData, $"{fileLength - position} bytes follow the last storage.");
    }

    private StoredBytes ReadStorage(StorageRef storage)
    {
        Span<byte> field = stackalloc byte[sizeof(long)];
        if (fileLength - position < field.Length)
        {
            throw Place.Error(PyTorchError.Truncated, "the file ends in front of a storage.");
        }

        if (!bytes.TryFill(position, field))
        {
            throw PyTorchFile.Shrank(file, position);
        }

        long count = BinaryPrimitives.ReadInt64LittleEndian(field);
        if (count != storage.Count)
        {
            throw Place.Error(
                PyTorchError.StorageMismatch,
                $"the storage {Printable.Quote(storage.Key)} has {count} values here and {storage.Count} in the pickle.");
        }

        position += field.Length;
        if (storage.ByteLength is not long length || length > fileLength - position)
        {
            throw Place.Error(
                PyTorchError.Truncated, $"the storage {Printable.Quote(storage.Key)} reaches beyond the file.");
        }

        StoredBytes place = new(position, length, crc: null);
        position += length;
        return place;
    }

    private void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw Place.Error(PyTorchError.InvalidStream, problem);
        }
    }
}
