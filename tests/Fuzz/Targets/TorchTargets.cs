using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Fuzz;

/// <summary>Files of torch.save: the archive, the pickle in it, and the stream of before 1.6.</summary>
internal static class TorchTargets
{
    public const string ZipName = "zip";
    public const string PickleName = "pickle";
    public const string LegacyName = "legacy";

    private const string OrderedDict = "ccollections\nOrderedDict\n)R";
    private const string Stop = ".";

    private static readonly byte[] weights = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
    private static readonly byte[] biases = [0, 1, 2, 3];
    private static readonly Type[] refusals = [typeof(PyTorchException), typeof(SafetensorsException), typeof(CheckpointException)];

    /// <summary>Opcodes with their arguments, and globals of ours and of attacks.</summary>
    private static readonly string[] opcodes =
    [
        "(", ".", "0", "1", "2", "N", "\x88", "\x89", ")", "]", "}", "\x8f", "t", "\x85", "\x86", "\x87", "R", "b", "\x81", "Q", "a", "e", "s", "u",
        "q\0", "q\x01", "r\xFF\xFF\xFF\x7F", "h\0", "h\x01", "j\xFF\xFF\xFF\x7F", "\x94", "\x93", "\x8c\x01a", "\x80\x02", "\x80\x04", "\x80\x05",
        "J\xFF\xFF\xFF\xFF", "J\xFF\xFF\xFF\x7F", "K\x02", "M\xFF\xFF", "\x8a\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", "\x8a\x09", "\x8b\xFF\xFF\xFF\xFF",
        "X\xFF\xFF\xFF\xFF", "X\0\0\0\0", "X\x01\0\0\0\xFF", "\x8d\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", "\x95\x04\0\0\0\0\0\0\0", "G\x7f\xf0\0\0\0\0\0\0",
        OrderedDict, "cos\nsystem\n", "ctorch\nHalfStorage\n", "ctorch._utils\n_rebuild_parameter\n", "c__builtin__\neval\n", "c\u001b[2J\n\n",
        Text("storage"), Text("__metadata__"), Text("state_dict"), Text("0"), Text("\u001b[2J"),
    ];

    /// <summary>The container: records, directory and end.</summary>
    public static FuzzTarget Zip() => new(
        ZipName,
        [Archive("archive", Latin(Plain(2))), Archive("b", Latin(Plain(4)), "byteorder", ".data/serialization_id")],
        [
            "PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "\x01\0\x10\0", "archive/", "data.pkl", "../", "/", "\\",
            "\0\0\0\0", "\xFF\xFF\xFF\xFF", "\xFF\xFF", "\x08\0", "\x09\0", "constants.pkl", "byteorder", "big", "FB\x04\0ZZZZ",
        ],
        ReadModel,
        refusals,
        MaxBytes: 2 << 20)
    {
        Repair = RepairChecksums,
    };

    /// <summary>The machine: opcodes in a sound archive.</summary>
    public static FuzzTarget Pickle() => new(
        PickleName,
        [Latin(Plain(2)), Latin(Plain(4)), Latin(Wrapped())],
        opcodes,
        pickle => ReadModel(Archive("archive", pickle)),
        refusals,
        MaxBytes: 8 << 20);

    /// <summary>Pickles in a row, and the values behind them.</summary>
    public static FuzzTarget Legacy() => new(
        LegacyName,
        [Stream()],
        [.. opcodes, "\x04\0\0\0\0\0\0\0", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"],
        ReadModel,
        refusals,
        MaxBytes: 8 << 20);

    private static void ReadModel(byte[] content)
    {
        using TensorSource file = CheckpointFile.Open(content);
        foreach (TensorInfo tensor in file.Tensors)
        {
            file.ReadBytes(tensor, new byte[tensor.ByteLength]);
        }
    }

    private static string Plain(int protocol) => Pickled(Dict(
        ("weight", Tensor("Float", "0", 4, "K\x02K\x02\x86", "K\x02K\x01\x86")),
        ("bias", Tensor("Half", "1", 2, "K\x02\x85", "K\x01\x85"))), protocol);

    private static string Wrapped() => Pickled(Dict(
        ("epoch", "K\x07"),
        ("state_dict", "ccollections\nOrderedDict\nq\0)Rq\x01(" + Text("weight")
            + Tensor("Float", "0", 4, "K\x04\x85", "K\x01\x85") + "u}" + Text("_metadata") + "}sb")), 2);

    /// <summary>What torch.save wrote before 1.6: magic, protocol, machine, object, keys, and each storage with its count.</summary>
    private static byte[] Stream()
    {
        string machine = Dict(
            ("protocol_version", "M\xe9\x03"),
            ("little_endian", "\x88"),
            ("type_sizes", Dict(("short", "K\x02"), ("int", "K\x04"), ("long", "K\x04"))));
        string tensors = Dict(("weight", Tensor("Float", "0", 4, "K\x02K\x02\x86", "K\x02K\x01\x86", view: "N")));
        string keys = "](" + Text("0") + "e";
        return
        [
            .. Latin(Pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 2)),
            .. Latin(Pickled("M\xe9\x03", 2)),
            .. Latin(Pickled(machine, 2)),
            .. Latin(Pickled(tensors, 2)),
            .. Latin(Pickled(keys, 2)),
            .. BitConverter.GetBytes(4L),
            .. weights,
        ];
    }

    private static byte[] Archive(string root, byte[] pickle, params string[] more)
    {
        using MemoryStream file = new();
        using (ZipArchive zip = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, $"{root}/data.pkl", pickle);
            foreach (string record in more)
            {
                Add(zip, $"{root}/{record}", "little"u8.ToArray());
            }

            Add(zip, $"{root}/data/0", weights);
            Add(zip, $"{root}/data/1", biases);
            Add(zip, $"{root}/version", "3\n"u8.ToArray());
        }

        return file.ToArray();
    }

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using Stream stream = entry.Open();
        stream.Write(content);
    }

    private static string Tensor(string type, string key, int count, string size, string stride, string view = "") =>
        "ctorch._utils\n_rebuild_tensor_v2\n((" + Text("storage") + $"ctorch\n{type}Storage\n" + Text(key) + Text("cpu")
        + $"K{(char)count}{view}tQK\0{size}{stride}\x89{OrderedDict}tR";

    private static string Dict(params (string Key, string Value)[] items) =>
        "}(" + string.Concat(items.Select(item => Text(item.Key) + item.Value)) + "u";

    private static string Text(string text) => "X" + Encoding.Latin1.GetString(BitConverter.GetBytes(text.Length)) + text;

    private static string Pickled(string value, int protocol) => "\x80" + (char)protocol + value + Stop;

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The checksum of every record that the directory places inside the file, there and in the record's header.</summary>
    private static byte[] RepairChecksums(byte[] file)
    {
        const int directoryEntry = 46, localHeader = 30;
        for (int at = 0; (at = Next(file, at)) >= 0 && at + directoryEntry <= file.Length; at++)
        {
            ReadOnlySpan<byte> entry = file.AsSpan(at);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]);
            long start = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
            if (start + localHeader <= file.Length)
            {
                Span<byte> local = file.AsSpan((int)start);
                int header = localHeader + BinaryPrimitives.ReadUInt16LittleEndian(local[26..])
                    + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
                if (header + size <= local.Length)
                {
                    uint checksum = Checksum.Crc32(local.Slice(header, (int)size));
                    BinaryPrimitives.WriteUInt32LittleEndian(local[14..], checksum);
                    BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 16), checksum);
                }
            }
        }

        return file;

        static int Next(byte[] file, int from)
        {
            int found = file.AsSpan(from).IndexOf("PK\x01\x02"u8);
            return found < 0 ? found : from + found;
        }
    }
}
