using System.IO.Compression;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Every way a PyTorch file can be wrong, at least one file for each code.</summary>
public sealed class PyTorchErrorTests
{
    private const ushort TorchFlags = 0x0808;

    private static readonly byte[] good = RawPickle.OneTensor();

    private static readonly (PyTorchError Code, string What, byte[] File)[] cases =
    [
        .. ZipCases(), .. ArchiveCases(), .. PackedCases(), .. LegacyCases(), .. PickleCases(), .. AttackCases(), .. TensorCases(), .. TableCases(),
    ];

    public static TheoryData<string> Cases => [.. cases.Select(NameOf)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_is_refused_with_its_code_a_place_and_a_cure(string name)
    {
        (PyTorchError code, _, byte[] file) = cases.Single(one => NameOf(one) == name);

        PyTorchException error = Assert.Throws<PyTorchException>(() => PyTorchFile.Open(file));

        Assert.True(code == error.Code, error.ToString());
        Assert.Equal("<memory>", error.FileName);
        Assert.InRange(error.ByteOffset, 0, file.Length);
        Assert.StartsWith($"<memory>, byte {error.ByteOffset}: ", error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.EndsWith($". {CureOf(code)}", error.Message);
    }

    /// <summary>A file named by its case, and what the figures in the message must be.</summary>
    public static TheoryData<string, string> Figures => new()
    {
        { "UnsupportedProtocol: none stated", "does not state its protocol first" },
        { "TrailingData: two values", "ends with 2 values and 0 open groups" },
        { "TrailingData: a byte behind", "1 bytes follow the last storage" },
        { "TrailingData: a byte behind STOP", "1 bytes follow the end of the pickle" },
        { "Truncated: in the middle of a text", "100 bytes are needed, 1 are left" },
        { "InvalidDirectory: one record too few", "54 bytes follow the last entry" },
        { "InvalidEndRecord: a locator and nothing else", "64-bit end record is not where it should be" },
        { "TensorOutOfBounds: a negative offset", "a tensor [1] at -1 reaches beyond its storage of 6 values" },
        { "TensorOutOfBounds: a short negative offset", "a tensor [6] at -2 reaches beyond its storage of 6 values" },
    };

    [Theory]
    [MemberData(nameof(Figures))]
    public void The_figures_in_the_message_are_those_of_the_file(string name, string figures)
    {
        byte[] file = cases.Single(one => NameOf(one) == name).File;

        Assert.Contains(figures, Assert.Throws<PyTorchException>(() => PyTorchFile.Open(file)).Message);
    }

    [Fact]
    public void The_place_is_where_the_file_is_wrong()
    {
        RawZip zip = RawZip.Good();
        foreach ((string name, long place) in new (string, long)[]
        {
            ("InvalidDirectory: no second entry", zip.Central(1)),
            ("InvalidDirectory: one record too few", zip.Central(1)),
            ("RecordPlacement: a record that covers the directory", zip.Central(1)),
            ("RecordPlacement: a record longer than the file", zip.Central(1)),
            ("LocalHeaderMismatch: signature", zip.Local(1)),
            ("TrailingData: a byte behind STOP", zip.Data(0) + good.Length),
        })
        {
            byte[] file = cases.Single(one => NameOf(one) == name).File;
            Assert.Equal(place, Assert.Throws<PyTorchException>(() => PyTorchFile.Open(file)).ByteOffset);
        }
    }

    [Fact]
    public void Every_code_has_a_file()
    {
        // A file can only shrink while it is open, a tar archive is told by its middle: tests of their own.
        HashSet<PyTorchError> covered =
        [
            .. cases.Select(one => one.Code), .. PickleLimitTests.Codes, PyTorchError.FileShrank, PyTorchError.TarArchive,
        ];

        Assert.Equal(Enum.GetValues<PyTorchError>().ToHashSet(), covered);
    }

    [Fact]
    public void The_good_ones_that_the_lies_begin_with_are_read()
    {
        byte[][] files =
        [
            RawZip.Good().Bytes,
            new RawZip([("a/data.pkl", good), ("a/data/0", RawZip.Content(24))], TorchFlags, zip64: false).Bytes,
            new RawZip([("a/data.pkl", good), ("a/data/0", RawZip.Content(24))], flags: 0).Bytes,
            new RawZip([("a/data.pkl", good), ("a/data/0", RawZip.Content(24))], flags: 0, checksums: false).Bytes,
            new RawZip([("a/data.pkl", good), ("a/data/0", RawZip.Content(24))], TorchFlags, descriptorBytes: 24).Bytes,
            new RawZip(("a/data.pkl", good), ("a/data/0", RawZip.Content(24)), ("a/byteorder", "little"u8.ToArray())).Bytes,
            new RawLegacy().Bytes,
            new RawLegacy { Magic = [0x80, 3, .. new RawLegacy().Magic[2..]] }.Bytes,
            new RawLegacy { Magic = [0x80, 4, 0x95, 13, 0, 0, 0, 0, 0, 0, 0, .. new RawLegacy().Magic[2..]] }.Bytes,
        ];

        foreach (byte[] content in files)
        {
            using PyTorchFile file = PyTorchFile.Open(content);
            float[] values = new float[6];
            file.Read(Assert.Single(file.Tensors), values);
            Assert.Equal([1, 2, 3, 4, 5, 6], values);
            Assert.Equal("\"w\" F32 [2, 3]", file.Tensors[0].ToString());
            Assert.Empty(file.Metadata);
        }
    }

    [Fact]
    public void The_message_names_file_place_problem_and_cure()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.pth");
        RawZip zip = RawZip.Of(RawPickle.Dict(p => p.Text("x").Call("posix", "system", a => a.Text("true"))).End());
        File.WriteAllBytes(path, zip.Bytes);

        PyTorchException error = Assert.Throws<PyTorchException>(() => PyTorchFile.Open(path));

        // PROTO, GLOBAL, MARK, TUPLE, REDUCE, MARK and the key stand in front of it.
        long place = zip.Data(0) + 2 + 25 + 4 + 6;
        Assert.Equal(
            $"{path}, byte {place}: the file wants \"posix.system\", which no table of tensors needs; nothing was run. "
            + "Load it where you trust it and save the tensors alone: torch.save(model.state_dict(), path).",
            error.Message);
        Assert.Equal(path, error.FileName);
        Assert.Equal(place, error.ByteOffset);
    }

    [Fact]
    public void Text_of_the_file_is_shown_escaped_and_cut()
    {
        string name = "line\u001b[31m" + new string('x', 5000);

        PyTorchException global = Assert.Throws<PyTorchException>(
            () => PyTorchFile.Open(RawZip.Of(new RawPickle().Global("os", name).End()).Bytes));
        PyTorchException tensor = Assert.Throws<PyTorchException>(
            () => PyTorchFile.Open(RawZip.Of(RawPickle.Dict(
                p => p.Text(name).Tensor("0", "FloatStorage", 6, 0, [6], [1])).End()).Bytes));

        foreach (PyTorchException error in new[] { global, tensor })
        {
            Assert.DoesNotContain(error.Message, char.IsControl);
            Assert.Contains("line\\u001b[31mxxx", error.Message);
            Assert.True(error.Message.Length < 700);
        }
    }

    [Fact]
    public void What_was_found_is_listed_where_several_tables_could_be_meant()
    {
        PyTorchException error = Assert.Throws<PyTorchException>(() => PyTorchFile.Open(RawZip.Of(Wrapped("ema", "net")).Bytes));

        Assert.Contains("\"ema\" (a dict with 1 tensors), \"net\" (a dict with 1 tensors), \"epoch\" (a number)", error.Message);
    }

    [Theory]
    [InlineData(20, "\"19\" (a number). ")]
    [InlineData(21, "\"19\" (a number) and 1 more. ")]
    public void Twenty_things_that_were_found_are_listed_and_the_rest_counted(int count, string end)
    {
        Action<RawPickle>[] entries =
            [.. Enumerable.Range(0, count).Select<int, Action<RawPickle>>(i => p => p.Text($"{i}").Int(i))];

        PyTorchException error = Assert.Throws<PyTorchException>(
            () => PyTorchFile.Open(RawZip.Of(RawPickle.Dict(entries).End()).Bytes));

        Assert.Contains(end, error.Message);
    }

    [Fact]
    public void A_file_that_shrinks_while_open_is_reported_and_not_read_as_zeros()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.pth");
        byte[] content = new RawLegacy().Bytes;
        File.WriteAllBytes(path, content);
        using PyTorchFile file = PyTorchFile.Open(path);
        using (FileStream writer = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            writer.SetLength(content.Length - 1);
        }

        PyTorchException error = Assert.Throws<PyTorchException>(() => file.Read(file.Tensors[0], new float[6]));

        Assert.Equal(PyTorchError.FileShrank, error.Code);
        Assert.Contains("Leave the file alone", error.Message);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("zip, transposed")]
    [InlineData("legacy")]
    public void A_stream_may_shrink_at_any_time(string kind)
    {
        byte[] content = kind switch
        {
            "zip" => new RawZip(
                ("a/data.pkl", good), ("a/data/0", RawZip.Content(24)), ("a/byteorder", Bytes("little"))).Bytes,
            "legacy" => new RawLegacy().Bytes,
            _ => RawZip.Of(RawPickle.OneTensor(shape: [3, 2], strides: [1, 3])).Bytes,
        };
        int reads = 0;
        for (bool isWhole = false; !isWhole; reads++)
        {
            using ShrinkingStream stream = new(content, reads);
            PyTorchException? error = Record.Exception(() =>
            {
                using PyTorchFile file = PyTorchFile.Open(stream, leaveOpen: true);
                file.Read(file.Tensors[0], new float[6]);
            }) as PyTorchException;

            // The first two letters are only looked at to tell the formats apart.
            isWhole = stream.End is null;
            Assert.Equal(isWhole, error is null);
            bool isTold = error?.Code == PyTorchError.FileShrank && error.ByteOffset == stream.End;
            Assert.True(isWhole || reads == 0 || isTold, $"after {reads} reads: {error}");
        }

        Assert.True(reads > 5, $"{reads} reads are all");
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        using TemporaryFolder folder = new();

        Assert.Contains("missing.pth", Assert.Throws<FileNotFoundException>(
            () => PyTorchFile.Open(folder.File("missing.pth"))).Message);
        Assert.Equal(
            $"{folder.Path} is a folder: give a file.",
            Assert.Throws<IOException>(() => PyTorchFile.Open(folder.Path)).Message);
    }

    private static IEnumerable<(PyTorchError, string, byte[])> ZipCases()
    {
        yield return (PyTorchError.NotPyTorch, "empty", []);
        yield return (PyTorchError.NotPyTorch, "one byte", [(byte)'P']);
        yield return (PyTorchError.NotPyTorch, "another pickle", good);
        yield return (PyTorchError.NoEndRecord, "two letters", "PK"u8.ToArray());
        yield return (PyTorchError.NoEndRecord, "the last byte is missing", RawZip.Good().Bytes[..^1]);
        yield return (PyTorchError.NoEndRecord, "a byte behind", [.. RawZip.Good().Bytes, 0]);
        yield return (PyTorchError.NoEndRecord, "a comment", [.. RawZip.Good().Put16(RawZip.Good().End + 20, 3).Bytes, .. "abc"u8]);
        RawZip zip = RawZip.Good();
        yield return (PyTorchError.InvalidEndRecord, "a comment that is not there", RawZip.Good().Put16(zip.End + 20, 1).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "two counts", RawZip.Good().Put16(zip.End + 8, 1).Put16(zip.End + 10, 1).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "two lengths", RawZip.Good().Put32(zip.End + 12, 1).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "two starts", RawZip.Good().Put32(zip.End + 16, 1).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "a locator that points elsewhere", RawZip.Good().Put64(zip.Locator + 8, 0).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "no 64-bit end record", RawZip.Good().Put(zip.End64, 0).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "a long 64-bit end record", RawZip.Good().Put64(zip.End64 + 4, 45).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "a locator alone", [.. "PK"u8, .. zip.Bytes[zip.Locator..]]);
        yield return (PyTorchError.InvalidEndRecord, "a locator and nothing else", zip.Bytes[zip.Locator..]);
        yield return (PyTorchError.InvalidEndRecord, "half a 64-bit end record", HalfEnd64(zip));
        yield return (PyTorchError.InvalidEndRecord, "a directory of 64 MiB", RawZip.Good()
            .Put64(zip.End64 + 40, 64 << 20).Put32(zip.End + 12, uint.MaxValue).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "one record more than fits", RawZip.Good()
            .Put(zip.End64 + 24, 3).Put(zip.End64 + 32, 3).Put(zip.End + 8, 3).Put(zip.End + 10, 3).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "the directory elsewhere", RawZip.Good()
            .Put64(zip.End64 + 48, (ulong)zip.Directory - 1).Put32(zip.End + 16, (uint)zip.Directory - 1).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "the directory beyond the file", RawZip.Good()
            .Put64(zip.End64 + 48, ulong.MaxValue - 10).Put32(zip.End + 16, uint.MaxValue).Bytes);
        yield return (PyTorchError.InvalidEndRecord, "more records than bytes", RawZip.Good()
            .Put64(zip.End64 + 24, 100_000).Put64(zip.End64 + 32, 100_000).Put32(zip.End + 8, uint.MaxValue).Bytes);
        yield return (PyTorchError.TooManyRecords, "100,001", RawZip.Good()
            .Put64(zip.End64 + 24, 100_001).Put64(zip.End64 + 32, 100_001).Put32(zip.End + 8, uint.MaxValue).Bytes);
        yield return (PyTorchError.DirectoryTooLarge, "64 MiB and a byte", RawZip.Good()
            .Put64(zip.End64 + 40, (64 << 20) + 1).Put32(zip.End + 12, uint.MaxValue).Bytes);
        foreach ((string what, int at) in new[]
        {
            ("this disk", zip.End + 4), ("the directory's disk", zip.End + 6), ("this disk, 64 bits", zip.End64 + 16),
            ("the directory's disk, 64 bits", zip.End64 + 20), ("the locator's disk", zip.Locator + 4),
            ("the number of disks", zip.Locator + 16), ("an entry's disk", zip.Central(1) + 34),
            ("records here", zip.End + 8), ("records here, 64 bits", zip.End64 + 24),
        })
        {
            yield return (PyTorchError.SplitArchive, what, RawZip.Good().Put(at, 7).Bytes);
        }

        foreach ((PyTorchError, string, byte[]) one in RecordCases(zip))
        {
            yield return one;
        }
    }

    private static IEnumerable<(PyTorchError, string, byte[])> RecordCases(RawZip zip)
    {
        (string, byte[]) data = ("a/data.pkl", good);
        yield return (PyTorchError.InvalidDirectory, "no entry", RawZip.Good().Put(zip.Central(0), 0).Bytes);
        yield return (PyTorchError.InvalidDirectory, "no second entry", RawZip.Good().Put(zip.Central(1), 0).Bytes);
        yield return (PyTorchError.InvalidDirectory, "a long name", RawZip.Good().Put16(zip.Central(1) + 28, 60000).Bytes);
        yield return (PyTorchError.InvalidDirectory, "a comment", RawZip.Good().Put16(zip.Central(1) + 32, 1).Bytes);
        yield return (PyTorchError.InvalidDirectory, "one record too few", RawZip.Good()
            .Put(zip.End64 + 24, 1).Put(zip.End64 + 32, 1).Put(zip.End + 8, 1).Put(zip.End + 10, 1).Bytes);
        yield return (PyTorchError.InvalidDirectory, "an extra field that is too long", RawZip.Good()
            .Put16(zip.Central(1) + 28, 4).Put(zip.Central(1) + 30, 4).Bytes);
        yield return (PyTorchError.InvalidDirectory, "half an extra field", RawZip.Good()
            .Put16(zip.Central(1) + 28, 5).Put(zip.Central(1) + 30, 3).Bytes);
        yield return (PyTorchError.InvalidDirectory, "a 64-bit size that is missing", RawZip.Good()
            .Put32(zip.Central(1) + 24, uint.MaxValue).Bytes);
        yield return (PyTorchError.CompressedRecord, "deflated", RawZip.Good().Put16(zip.Central(1) + 10, 8).Bytes);
        yield return (PyTorchError.CompressedRecord, "two sizes", RawZip.Good().Put32(zip.Central(1) + 20, 23).Bytes);
        foreach (ushort flag in new ushort[] { 0x1, 0x2, 0x4, 0x10, 0x20, 0x40, 0x1000, 0x2000, 0x8000 })
        {
            yield return (PyTorchError.UnsupportedFlags, $"{flag:x4}", RawZip.Good()
                .Put16(zip.Central(1) + 8, (ushort)(TorchFlags | flag)).Bytes);
        }

        foreach (string name in new[]
        {
            "", "/data", "a//b", "a/", "../b", "a/../b", "a/..", "./b", "a\\b", "a/\0", "a/\n", "C:/b", "a/\u0085",
        })
        {
            yield return (PyTorchError.InvalidRecordName, name, new RawZip(data, (name, [])).Bytes);
        }

        yield return (PyTorchError.InvalidRecordName, "not UTF-8", RawZip.Good().Put(zip.Central(1) + 46, 0xFF).Bytes);
        yield return (PyTorchError.DuplicateRecord, "the pickle", new RawZip(data, data).Bytes);
        foreach ((string what, int at) in new[]
        {
            ("signature", 0), ("flags", 6), ("method", 8), ("checksum", 14), ("stored size", 18), ("size", 22),
            ("length of the name", 26), ("name (CVE-2025-1944)", 30),
        })
        {
            yield return (PyTorchError.LocalHeaderMismatch, what, RawZip.Good().Put(zip.Local(1) + at, 1).Bytes);
        }

        yield return (PyTorchError.LocalHeaderMismatch, "a 64-bit size of a small record", RawZip.Good()
            .Put32(zip.Local(1) + 18, uint.MaxValue).Bytes);
        yield return (PyTorchError.LocalHeaderMismatch, "a checksum of all bits and another", RawZip.Good()
            .Put32(zip.Central(1) + 16, uint.MaxValue).Put32(zip.Local(1) + 14, 5).Bytes);
        yield return (PyTorchError.LocalHeaderMismatch, "zeros without a descriptor", new RawZip([data], flags: 0)
            .Put32(22, 0).Bytes);
        yield return (PyTorchError.RecordPlacement, "a prefix", new RawZip(
            [data], TorchFlags, prefix: "PK"u8.ToArray()).Bytes);
        yield return (PyTorchError.RecordPlacement, "one record twice", RawZip.Good()
            .Put32(zip.Central(1) + 42, 0).Bytes);
        yield return (PyTorchError.RecordPlacement, "a record beyond the directory", RawZip.Good()
            .Put32(zip.Central(1) + 42, (uint)zip.Directory).Bytes);
        yield return (PyTorchError.RecordPlacement, "a record that covers the directory", RawZip.Good()
            .Put32(zip.Central(1) + 20, 60).Put32(zip.Central(1) + 24, 60).Bytes);
        yield return (PyTorchError.RecordPlacement, "a record longer than the file", RawZip.Good()
            .Put32(zip.Central(1) + 20, 0x7FFFFFFF).Put32(zip.Central(1) + 24, 0x7FFFFFFF).Bytes);
        yield return (PyTorchError.RecordPlacement, "bytes between records", RawZip.Good()
            .Put32(zip.Central(0) + 20, (uint)good.Length - 1).Put32(zip.Central(0) + 24, (uint)good.Length - 1).Bytes);
        yield return (PyTorchError.RecordPlacement, "bytes in front of the directory", RawZip.Good()
            .Put32(zip.Central(1) + 20, 23).Put32(zip.Central(1) + 24, 23).Bytes);
        yield return (PyTorchError.RecordPlacement, "a descriptor of 13 bytes", new RawZip(
            [data, ("a/data/0", RawZip.Content(24))], TorchFlags, descriptorBytes: 13).Bytes);
        yield return (PyTorchError.RecordPlacement, "no descriptor", new RawZip(
            [data, ("a/data/0", RawZip.Content(24))], TorchFlags, descriptorBytes: 0).Bytes);
        yield return (PyTorchError.RecordPlacement, "a record's own header reaches into the directory", Swallowed());
        byte[] first = new RawZip([data], flags: 0, zip64: false).Bytes;
        byte[] both = [.. first, .. RawZip.Good().Bytes];
        yield return (PyTorchError.InvalidEndRecord, "two archives in a row", both);
    }

    private static IEnumerable<(PyTorchError, string, byte[])> ArchiveCases()
    {
        (string, byte[]) data = ("a/data.pkl", good);
        (string, byte[]) values = ("a/data/0", RawZip.Content(24));
        yield return (PyTorchError.ChecksumMismatch, "the pickle", Flip(RawZip.Good(), 0, 30));
        yield return (PyTorchError.ChecksumMismatch, "the byte order", Flip(new RawZip(data, values, ("a/byteorder", "little"u8.ToArray())), 2, 0));
        yield return (PyTorchError.ChecksumMismatch, "a zero among others", RawZip.Good().Put32(RawZip.Good().Central(0) + 16, 0).Bytes);
        yield return (PyTorchError.SeveralRoots, "two", new RawZip(data, ("b/data/0", RawZip.Content(24))).Bytes);
        yield return (PyTorchError.SeveralRoots, "none", new RawZip(("data.pkl", good)).Bytes);
        yield return (PyTorchError.SeveralRoots, "a root that begins alike", new RawZip(data, ("ab/data/0", RawZip.Content(24))).Bytes);
        yield return (PyTorchError.MissingRecord, "no pickle", new RawZip(values).Bytes);
        yield return (PyTorchError.MissingRecord, "no records", [.. "PK\u0005\u0006"u8, .. new byte[18]]);
        yield return (PyTorchError.MissingRecord, "no storage", new RawZip(data).Bytes);
        yield return (PyTorchError.TorchScript, "constants", new RawZip(data, ("a/constants.pkl", good)).Bytes);
        yield return (PyTorchError.TorchScript, "code", new RawZip(data, ("a/code/__torch__.py", [])).Bytes);
        yield return (PyTorchError.BigEndian, "a record", new RawZip(data, values, ("a/byteorder", "big"u8.ToArray())).Bytes);
        foreach (string word in new[] { "", "Little", "little\n", "bi", "big ", "little endian" })
        {
            yield return (PyTorchError.InvalidByteOrder, word, new RawZip(data, values, ("a/byteorder", Bytes(word))).Bytes);
        }
    }

    /// <summary>What an ordinary zip program makes of a file of weights: packed, in a folder, with words about it.</summary>
    private static IEnumerable<(PyTorchError, string, byte[])> PackedCases()
    {
        foreach (string name in new[] { "sam_vit_b_01ec64.pth", "weights/model.safetensors", "model.PT", "last.ckpt" })
        {
            foreach (CompressionLevel level in new[] { CompressionLevel.NoCompression, CompressionLevel.Optimal })
            {
                using MemoryStream stream = new();
                using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
                {
                    zip.CreateEntry("weights/");
                    zip.CreateEntry("README.txt");
                    using Stream entry = zip.CreateEntry(name, level).Open();
                    entry.Write(RawZip.Good().Bytes);
                }

                yield return (PyTorchError.PackedModel, $"{name}, {level}", stream.ToArray());
            }
        }
    }

    private static IEnumerable<(PyTorchError, string, byte[])> LegacyCases()
    {
        RawLegacy stream = new();
        yield return (PyTorchError.NotPyTorch, "another magic number", (stream with { Magic = [.. stream.Magic[..^2], 0x1A, 0x2E] }).Bytes);
        yield return (PyTorchError.InvalidStream, "protocol 1002", (stream with { Protocol = new RawPickle().Int(1002).End() }).Bytes);
        yield return (PyTorchError.InvalidStream, "protocol as text", (stream with { Protocol = new RawPickle().Text("1001").End() }).Bytes);
        yield return (PyTorchError.InvalidStream, "no byte order", (stream with { System = new RawPickle().Op((byte)'}').End() }).Bytes);
        yield return (PyTorchError.InvalidStream, "no dict of the system", (stream with { System = new RawPickle().Int(1).End() }).Bytes);
        yield return (PyTorchError.InvalidStream, "byte order None", (stream with { System = RawLegacy.SystemOf((byte)'N') }).Bytes);
        yield return (PyTorchError.BigEndian, "legacy", (stream with { System = RawLegacy.SystemOf(0x89) }).Bytes);
        yield return (PyTorchError.InvalidStream, "an unknown key", (stream with { Keys = RawLegacy.KeysOf("7", "8") }).Bytes);
        yield return (PyTorchError.InvalidStream, "a key twice", (stream with
        {
            Keys = RawLegacy.KeysOf("7", "7"),
            Storages = [.. stream.Storages, .. stream.Storages],
        }).Bytes);
        yield return (PyTorchError.TypeMismatch, "keys no list", (stream with { Keys = new RawPickle().Int(1).End() }).Bytes);
        yield return (PyTorchError.TypeMismatch, "a key no text", (stream with
        {
            Keys = new RawPickle().Op((byte)']').Int(7).Op((byte)'a').End(),
        }).Bytes);
        yield return (PyTorchError.MissingRecord, "a key too few", (stream with { Keys = RawLegacy.KeysOf() }).Bytes);
        yield return (PyTorchError.TrailingData, "a byte behind", [.. stream.Bytes, 0]);
        yield return (PyTorchError.StorageMismatch, "another count", (stream with
        {
            Storages = [.. BitConverter.GetBytes(5L), .. RawZip.Content(24)],
        }).Bytes);
        yield return (PyTorchError.Truncated, "no count", (stream with { Storages = [6, 0, 0, 0] }).Bytes);
        yield return (PyTorchError.Truncated, "a value too few", stream.Bytes[..^4]);
        yield return (PyTorchError.Truncated, "2^63 bytes", (stream with
        {
            Root = RawPickle.Dict(p => p.Text("w").Tensor("7", "FloatStorage", long.MaxValue, 0, [2], [1], legacy: true)).End(),
            Storages = BitConverter.GetBytes(long.MaxValue),
        }).Bytes);
        yield return (PyTorchError.InvalidStorage, "a storage of five", (stream with
        {
            Root = RawPickle.Dict(p => p.Text("w").Tensor("7", "FloatStorage", 6, 0, [6], [1])).End(),
        }).Bytes);
        yield return (PyTorchError.InvalidStorage, "a view of a storage", (stream with
        {
            Root = new RawPickle().Tuple(
                p => p.Text("storage"),
                p => p.Global("torch", "FloatStorage"),
                p => p.Text("7"),
                p => p.Text("cpu"),
                p => p.Int(6),
                p => p.Tuple(p => p.Text("v"), p => p.Int(0), p => p.Int(3))).Op((byte)'Q').End(),
        }).Bytes);
    }

    private static IEnumerable<(PyTorchError, string, byte[])> PickleCases()
    {
        foreach ((PyTorchError code, string what, RawPickle pickle) in Pickles())
        {
            yield return (code, what, RawZip.Of(pickle.End()).Bytes);
        }

        yield return (PyTorchError.Truncated, "an empty pickle", RawZip.Of([]).Bytes);
        yield return (PyTorchError.Truncated, "no STOP", RawZip.Of(good[..^1]).Bytes);
        yield return (PyTorchError.Truncated, "in the middle of a text", RawZip.Of(new RawPickle().Op((byte)'X').UInt32(100).End()).Bytes);
        yield return (PyTorchError.Truncated, "in the middle of a line", RawZip.Of([0x80, 2, (byte)'c', (byte)'o', (byte)'s']).Bytes);
        yield return (PyTorchError.UnsupportedProtocol, "none stated", RawZip.Of(good[2..]).Bytes);
        yield return (PyTorchError.TrailingData, "a byte behind STOP", RawZip.Of([.. good, 0]).Bytes);
        yield return (PyTorchError.TrailingData, "stacked pickles", RawZip.Of([.. good, .. good]).Bytes);
    }

    private static IEnumerable<(PyTorchError, string, RawPickle)> Pickles()
    {
        foreach (byte protocol in new byte[] { 0, 1, 5, 6, 255 })
        {
            yield return (PyTorchError.UnsupportedProtocol, $"{protocol}", new RawPickle(protocol).Op((byte)'}'));
        }

        yield return (PyTorchError.UnsupportedProtocol, "stated twice", new RawPickle().Op(0x80, 2).Op((byte)'}'));
        yield return (PyTorchError.InvalidText, "a lone continuation byte", new RawPickle().Op((byte)'X').UInt32(1).Op(0x80));
        yield return (PyTorchError.InvalidText, "half a surrogate", new RawPickle().Op((byte)'X').UInt32(3).Op(0xED, 0xA0, 0x80));
        yield return (PyTorchError.InvalidText, "a module", new RawPickle().Op((byte)'c', 0xFF, 10, (byte)'a', 10));
        yield return (PyTorchError.TextTooLong, "64 KiB and a byte", new RawPickle().Text(new string('x', 65537)));
        yield return (PyTorchError.TextTooLong, "4 GiB", new RawPickle().Op((byte)'X').UInt32(uint.MaxValue));
        yield return (PyTorchError.TextTooLong, "a module", new RawPickle().Global(new string('x', 65537), "a"));
        yield return (PyTorchError.IntegerTooLong, "1 KiB and a byte", new RawPickle().Op(0x8B).UInt32(1025).Op(new byte[1025]));
        yield return (PyTorchError.IntegerTooLong, "4 GiB", new RawPickle().Op(0x8B).UInt32(uint.MaxValue));
        yield return (PyTorchError.InvalidFrame, "beyond the pickle", new RawPickle(4).Op(0x95, 100, 0, 0, 0, 0, 0, 0, 0).Op((byte)'}'));
        yield return (PyTorchError.InvalidFrame, "all bits", new RawPickle(4).Op([0x95, .. BitConverter.GetBytes(ulong.MaxValue)]));
        yield return (PyTorchError.InvalidFrame, "empty", new RawPickle(4).Op([0x95, .. BitConverter.GetBytes(0L)]).Op((byte)'}'));
        yield return (PyTorchError.InvalidFrame, "inside another", new RawPickle(4)
            .Op([0x95, .. BitConverter.GetBytes(11L)]).Op([0x95, .. BitConverter.GetBytes(1L)]).Op((byte)'}'));
        foreach ((string what, RawPickle pickle) in Underflows())
        {
            yield return (PyTorchError.StackUnderflow, what, pickle);
        }

        yield return (PyTorchError.TrailingData, "two values", new RawPickle().Op((byte)'}', (byte)'}'));
        yield return (PyTorchError.TrailingData, "an open group", new RawPickle().Op((byte)'}', (byte)'('));
        yield return (PyTorchError.UnknownMemo, "GET", new RawPickle().Op((byte)'h', 0));
        yield return (PyTorchError.UnknownMemo, "LONG GET", new RawPickle().Op((byte)'}', (byte)'q', 0).Op((byte)'j').UInt32(1));
        yield return (PyTorchError.MemoOverwritten, "PUT", new RawPickle().Op((byte)'}', (byte)'q', 0, (byte)'q', 0));
        yield return (PyTorchError.MemoOverwritten, "LONG PUT", new RawPickle().Op((byte)'}', (byte)'q', 0).Op((byte)'r').UInt32(0));
        yield return (PyTorchError.MemoOverwritten, "MEMOIZE", new RawPickle(4).Op((byte)'}', (byte)'q', 1, 0x94));
        yield return (PyTorchError.OddItems, "SETITEMS", new RawPickle().Op((byte)'}').Mark().Text("a").Op((byte)'u'));
        yield return (PyTorchError.DuplicateKey, "SETITEMS", new RawPickle().PlainDict(p => p.Text("a").Int(1), p => p.Text("a").Int(2)));
        yield return (PyTorchError.DuplicateKey, "SETITEM", new RawPickle()
            .PlainDict(p => p.Text("a").Int(1)).Text("a").Int(2).Op((byte)'s'));
        foreach ((string what, RawPickle pickle) in Types())
        {
            yield return (PyTorchError.TypeMismatch, what, pickle);
        }
    }

    private static IEnumerable<(string, RawPickle)> Underflows()
    {
        yield return ("nothing at all", new RawPickle());
        foreach (char one in "tueabsRQ")
        {
            yield return ($"{one} on nothing", new RawPickle().Op((byte)one));
            if (one == 'e')
            {
                continue;
            }

            yield return ($"{one} above a mark", new RawPickle().Op((byte)'}', (byte)'}', (byte)'}', (byte)'(', (byte)one, (byte)one));
        }

        yield return ("PUT of nothing", new RawPickle().Op((byte)'q', 0));
        yield return ("PUT below a mark", new RawPickle().Op((byte)'}', (byte)'(', (byte)'q', 0));
        yield return ("TUPLE1", new RawPickle().Op(0x85));
        yield return ("TUPLE2", new RawPickle().Op((byte)'}', 0x86));
        yield return ("TUPLE3", new RawPickle().Op((byte)'}', (byte)'}', 0x87));
        yield return ("TUPLE1 below a mark", new RawPickle().Op((byte)'}', (byte)'(', 0x85));
        yield return ("STACK_GLOBAL", new RawPickle(4).ShortText("a").Op(0x93));
        yield return ("MEMOIZE", new RawPickle(4).Op(0x94));
    }

    private static IEnumerable<(string, RawPickle)> Types()
    {
        yield return ("SETITEM into a list (CVE-2026-24747)", new RawPickle().Op((byte)']').Text("a").Int(1).Op((byte)'s'));
        yield return ("SETITEMS into a tensor (CVE-2026-24747)", new RawPickle()
            .Tensor("0", "FloatStorage", 6, 0, [6], [1]).Mark().Text("a").Int(1).Op((byte)'u'));
        yield return ("APPEND to a dict", new RawPickle().Op((byte)'}').Int(1).Op((byte)'a'));
        yield return ("APPENDS to a tuple", new RawPickle().Op((byte)')').Mark().Int(1).Op((byte)'e'));
        yield return ("a list as key", new RawPickle().PlainDict(p => p.Op((byte)']').Int(1)));
        yield return ("a dict as key", new RawPickle().PlainDict(p => p.Op((byte)'}').Int(1)));
        yield return ("a storage as key", new RawPickle().PlainDict(p => p.Storage("0", "FloatStorage", 6).Int(1)));
        yield return ("NEWOBJ of a text", new RawPickle().Text("os.system").Op((byte)')', 0x81));
        yield return ("NEWOBJ of a function of ours", new RawPickle().Global("torch._utils", "_rebuild_tensor_v2").Op((byte)')', 0x81));
        yield return ("NEWOBJ of OrderedDict with arguments", new RawPickle().Global("collections", "OrderedDict").Tuple(1).Op(0x81));
        yield return ("NEWOBJ_EX of OrderedDict", new RawPickle(4).Global("collections", "OrderedDict").Op((byte)')', (byte)'}', 0x92));
        yield return ("ADDITEMS to a list", new RawPickle(4).Op((byte)']').Mark().Int(1).Op(0x90));
        yield return ("REDUCE of a stranger with a list", new RawPickle().Global("os", "system").Op((byte)']', (byte)'R'));
        yield return ("an offset of 9 bytes", new RawPickle().Call(
            "torch._utils",
            "_rebuild_tensor_v2",
            p => p.Storage("0", "FloatStorage", 6),
            p => p.Op(0x8A, 9).Op(new byte[9]),
            p => p.Tuple(6L),
            p => p.Tuple(1L),
            p => p.Op(0x89),
            p => p.OrderedDict()));
        yield return ("REDUCE of a text", new RawPickle().Text("os.system").Op((byte)')', (byte)'R'));
        yield return ("REDUCE of an int", new RawPickle().Int(1).Op((byte)')', (byte)'R'));
        yield return ("REDUCE of a storage class", new RawPickle().Global("torch", "FloatStorage").Op((byte)')', (byte)'R'));
        yield return ("REDUCE with a list", new RawPickle().Global("collections", "OrderedDict").Op((byte)']', (byte)'R'));
        yield return ("BUILD on a dict", new RawPickle().Op((byte)'}', (byte)'}', (byte)'b'));
        yield return ("BUILD on a tensor", new RawPickle().Tensor("0", "FloatStorage", 6, 0, [6], [1]).Op((byte)'}', (byte)'b'));
        yield return ("BUILD of a text", new RawPickle().OrderedDict().Text("a").Op((byte)'b'));
        yield return ("BINPERSID of a text", new RawPickle().Text("0").Op((byte)'Q'));
        yield return ("STACK_GLOBAL of a number", new RawPickle(4).Int(1).ShortText("OrderedDict").Op(0x93));
        yield return ("STACK_GLOBAL of a dict", new RawPickle(4).ShortText("collections").Op((byte)'}', 0x93));
        Action<RawPickle>[] parts =
        [
            p => p.Storage("0", "FloatStorage", 6), p => p.Int(0), p => p.Tuple(6L), p => p.Tuple(1L), p => p.Op(0x89), p => p.OrderedDict(),
        ];
        for (int i = 0; i < parts.Length; i++)
        {
            Action<RawPickle>[] bad = [.. parts];
            bad[i] = p => p.Text("x");
            yield return ($"argument {i} of a tensor", new RawPickle().Call("torch._utils", "_rebuild_tensor_v2", bad));
        }

        yield return ("argument 6 of a tensor", new RawPickle().Call("torch._utils", "_rebuild_tensor_v2", [.. parts, p => p.Int(1)]));
        yield return ("a shape of texts", new RawPickle().Call(
            "torch._utils", "_rebuild_tensor_v2", [.. parts[..2], p => p.Tuple(p => p.Text("6")), .. parts[3..]]));
        Action<RawPickle> tensor = p => p.Tensor("0", "FloatStorage", 6, 0, [6], [1]);
        yield return ("a parameter of a text", new RawPickle().Call(
            "torch._utils", "_rebuild_parameter", p => p.Text("w"), p => p.Op(0x88), p => p.OrderedDict()));
        yield return ("requires_grad of a parameter", new RawPickle().Call(
            "torch._utils", "_rebuild_parameter", tensor, p => p.Int(1), p => p.OrderedDict()));
        yield return ("hooks of a parameter", new RawPickle().Call(
            "torch._utils", "_rebuild_parameter", tensor, p => p.Op(0x88), p => p.Op((byte)')')));
    }

    /// <summary>
    /// What the lists of attacks have (fickling's analysis, polyglots, bypasses and crashes; picklescan's unsafe globals
    /// and advisories; PyTorch's own): refused in sight of the weights, although they would do nothing there either.
    /// </summary>
    private static IEnumerable<(PyTorchError, string, byte[])> AttackCases()
    {
        foreach ((string module, string name) in new[]
        {
            ("posix", "system"), ("nt", "system"), ("os", "popen"), ("subprocess", "Popen"), ("builtins", "eval"),
            ("__builtin__", "exec"), ("builtins", "__import__"), ("builtins", "compile"),
            ("builtins", "open"), ("runpy", "_run_code"), ("pip", "main"), ("pty", "spawn"), ("socket", "create_connection"),
            ("shutil", "rmtree"), ("webbrowser", "open"), ("timeit", "timeit"), ("asyncio.unix_events", "_UnixSubprocessTransport._start"),
            ("pickle", "loads"), ("_pickle", "loads"), ("bdb", "Bdb"),
            ("pdb", "Pdb"), ("idlelib.pyshell", "ModifiedInterpreter.runcode"), ("pkgutil", "resolve_name"), ("types", "CodeType"),
            ("marshal", "loads"), ("importlib", "import_module"), ("cProfile", "run"), ("code", "InteractiveInterpreter"),
            ("ctypes", "CDLL"), ("torch", "load"), ("torch.hub", "load"), ("torch.serialization", "load"),
            ("torch.utils.collect_env", "run"), ("torch._dynamo.guards", "GuardBuilder.get"), ("torch.jit.unsupported_tensor_ops", "execWrapper"),
            ("torch.utils._config_module", "ConfigModule.load_config"), ("torch.utils.bottleneck.__main__", "run_cprofile"),
            ("torch._inductor.codecache", "compile_file"), ("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression"),
            ("numpy", "load"),
        })
        {
            byte[] file = RawZip.Of(RawPickle.Dict(
                p => p.Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]),
                p => p.Text("x").Call(module, name, a => a.Text("touch pwned"))).End()).Bytes;
            yield return (PyTorchError.ForbiddenGlobal, $"{module}.{name}", file);
        }

        yield return (PyTorchError.ForbiddenGlobal, "through the stack", RawZip.Of(
            new RawPickle(4).ShortText("os").ShortText("system").Op(0x93).Tuple(p => p.ShortText("id")).Op((byte)'R').End()).Bytes);
        yield return (PyTorchError.ForbiddenGlobal, "through the memo", RawZip.Of(
            new RawPickle(4).Op((byte)'}').ShortText("os").Op(0x94).ShortText("system").Op(0x94, (byte)'s')
                .ShortText("x").Op((byte)'h', 0, (byte)'h', 1, 0x93, (byte)'s').End()).Bytes);
        yield return (PyTorchError.ForbiddenGlobal, "never called", RawZip.Of(new RawPickle().Global("os", "system").End()).Bytes);

        // Every instruction of pickle that is not on our list, and every byte that is none.
        HashSet<byte> known =
        [
            .. "().BCGJKMNQRX]abcehjqrstu}"u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C, 0x8F, 0x90, 0x91, 0x92,
            0x93, 0x94, 0x95,
        ];
        foreach (byte opcode in Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => !known.Contains(value)))
        {
            yield return (PyTorchError.ForbiddenOpcode, $"0x{opcode:x2}", RawZip.Of(
                new RawPickle(4).Op((byte)'}', (byte)'}', opcode).Op(new byte[8]).End()).Bytes);
        }

        foreach (byte opcode in new byte[] { 0x42, 0x43 })
        {
            yield return (PyTorchError.ForbiddenOpcode, $"0x{opcode:x2} in protocol 2", RawZip.Of(
                new RawPickle().Op(opcode).Op(1, 0, 0, 0, 0).End()).Bytes);
        }

        foreach (byte opcode in new byte[] { 0x8C, 0x8F, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95 })
        {
            yield return (PyTorchError.ForbiddenOpcode, $"0x{opcode:x2} in protocol 3", RawZip.Of(
                new RawPickle(3).Text("a").Text("b").Op(opcode).Op(1, 0, 0, 0, 0, 0, 0, 0).End()).Bytes);
        }
    }

    private static IEnumerable<(PyTorchError, string, byte[])> TensorCases()
    {
        foreach ((PyTorchError code, string what, RawPickle pickle) in Storages())
        {
            yield return (code, what, RawZip.Of(pickle.End()).Bytes);
        }

        yield return (PyTorchError.TensorOutOfBounds, "a short negative offset", RawZip.Of(RawPickle.Dict(
            p => p.Text("w").Call(
                "torch._utils",
                "_rebuild_tensor_v2",
                p => p.Storage("0", "FloatStorage", 6),
                p => p.Op(0x8A, 1, 0xFE),
                p => p.Tuple(6L),
                p => p.Tuple(1L),
                p => p.Op(0x89),
                p => p.OrderedDict())).End()).Bytes);
        foreach ((PyTorchError code, string what, long offset, long[] shape, long[] strides) in new[]
        {
            (PyTorchError.InvalidTensor, "fewer strides", 0L, new[] { 2L, 3 }, new[] { 1L }),
            (PyTorchError.InvalidTensor, "more strides", 0, [6], [1, 1]),
            (PyTorchError.InvalidTensor, "a negative side", 0, [-1], [1]),
            (PyTorchError.InvalidTensor, "a negative stride", 5, [6], [-1]),
            (PyTorchError.InvalidTensor, "65 dimensions", 0, [.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)]),
            (PyTorchError.InvalidTensor, "2^64 values", 0, [1L << 32, 1L << 32], [0, 0]),
            (PyTorchError.InvalidTensor, "2^64 bits", 0, [1L << 59], [0]),
            (PyTorchError.TensorOutOfBounds, "one value too many", 0, [7], [1]),
            (PyTorchError.TensorOutOfBounds, "one row too many", 0, [3, 3], [3, 1]),
            (PyTorchError.TensorOutOfBounds, "one step too wide", 0, [2, 3], [4, 1]),
            (PyTorchError.TensorOutOfBounds, "an offset too many", 1, [6], [1]),
            (PyTorchError.TensorOutOfBounds, "a step beyond the last value", 5, [2], [1]),
            (PyTorchError.TensorOutOfBounds, "an offset beyond, of one", 6, [], []),
            (PyTorchError.TensorOutOfBounds, "an offset beyond, of none", 7, [0], [1]),
            (PyTorchError.TensorOutOfBounds, "a negative offset", -1, [1], [1]),
            (PyTorchError.TensorOutOfBounds, "a negative offset of none", -1, [0], [1]),
            (PyTorchError.TensorOutOfBounds, "all bits", long.MaxValue, [2, 2], [long.MaxValue, long.MaxValue]),
            (PyTorchError.TensorOutOfBounds, "a sum that wraps around", 0, [3, 3], [1L << 62, 1L << 62]),
            (PyTorchError.TooMuchExpansion, "strides of zero", 0, [1L << 40], [0]),
        })
        {
            yield return (code, what, RawZip.Of(RawPickle.OneTensor(offset: offset, shape: shape, strides: strides)).Bytes);
        }
    }

    private static IEnumerable<(PyTorchError, string, RawPickle)> Storages()
    {
        Action<RawPickle>[] parts =
        [
            p => p.Text("storage"), p => p.Global("torch", "FloatStorage"), p => p.Text("0"), p => p.Text("cpu"), p => p.Int(6),
        ];
        for (int i = 0; i < parts.Length; i++)
        {
            Action<RawPickle>[] bad = [.. parts];
            bad[i] = p => p.Op(0x88);
            yield return (PyTorchError.InvalidStorage, $"element {i}", new RawPickle().Tuple(bad).Op((byte)'Q'));
        }

        yield return (PyTorchError.InvalidStorage, "another word", new RawPickle().Tuple([p => p.Text("module"), .. parts[1..]]).Op((byte)'Q'));
        yield return (PyTorchError.InvalidStorage, "a function as type", new RawPickle()
            .Tuple([parts[0], p => p.Global("collections", "OrderedDict"), .. parts[2..]]).Op((byte)'Q'));
        yield return (PyTorchError.InvalidStorage, "four elements", new RawPickle().Tuple(parts[..^1]).Op((byte)'Q'));
        yield return (PyTorchError.InvalidStorage, "six elements", new RawPickle().Tuple([.. parts, p => p.Op((byte)'N')]).Op((byte)'Q'));
        yield return (PyTorchError.InvalidStorage, "minus one value", new RawPickle().Tuple([.. parts[..^1], p => p.Int(-1)]).Op((byte)'Q'));
        yield return (PyTorchError.StorageMismatch, "two counts", new RawPickle()
            .Storage("0", "FloatStorage", 6).Storage("0", "FloatStorage", 5).Op(0x86));
        yield return (PyTorchError.StorageMismatch, "two types", new RawPickle()
            .Storage("0", "FloatStorage", 6).Storage("0", "IntStorage", 6).Op(0x86));
        foreach ((string type, long count) in new[]
        {
            ("FloatStorage", 5L), ("FloatStorage", 7), ("DoubleStorage", 6), ("HalfStorage", 6), ("FloatStorage", (1L << 62) + 6),
        })
        {
            yield return (PyTorchError.StorageMismatch, $"{count} of {type} (CVE-2026-24747)", RawPickle.Dict(
                p => p.Text("w").Tensor("0", type, count, 0, [2], [1])));
        }

        yield return (PyTorchError.MissingRecord, "a path as key", RawPickle.Dict(
            p => p.Text("w").Tensor("../data.pkl", "FloatStorage", 6, 0, [2], [1])));
        foreach (int count in new[] { 0, 1, 5, 8 })
        {
            yield return (PyTorchError.InvalidArguments, $"{count} for a tensor", new RawPickle().Call(
                "torch._utils", "_rebuild_tensor_v2", [.. Enumerable.Repeat<Action<RawPickle>>(p => p.Int(1), count)]));
        }

        yield return (PyTorchError.InvalidArguments, "2 for a parameter", new RawPickle().Call(
            "torch._utils", "_rebuild_parameter", p => p.Int(1), p => p.Int(1)));
        yield return (PyTorchError.InvalidArguments, "4 for a parameter", new RawPickle().Call(
            "torch._utils", "_rebuild_parameter", p => p.Int(1), p => p.Int(1), p => p.Int(1), p => p.Int(1)));
        yield return (PyTorchError.InvalidArguments, "1 for an OrderedDict", new RawPickle().Call(
            "collections", "OrderedDict", p => p.Op((byte)']')));
    }

    private static IEnumerable<(PyTorchError, string, byte[])> TableCases()
    {
        Action<RawPickle> tensor = p => p.Tensor("0", "FloatStorage", 6, 0, [6], [1]);
        yield return (PyTorchError.NoTensors, "a tensor alone", RawZip.Of(new RawPickle().Do(tensor).End()).Bytes);
        yield return (PyTorchError.NoTensors, "an empty dict", RawZip.Of(new RawPickle().Op((byte)'}').End()).Bytes);
        yield return (PyTorchError.NoTensors, "numbers alone", RawZip.Of(RawPickle.Dict(p => p.Text("epoch").Int(3)).End()).Bytes);
        yield return (PyTorchError.NoTensors, "an optimiser alone", RawZip.Of(RawPickle.Dict(
            p => p.Text("optimizer").PlainDict(p => p.Int(0).PlainDict(p => p.Text("exp_avg").Do(tensor)))).End()).Bytes);
        yield return (PyTorchError.NoTensors, "tensors in a list", RawZip.Of(RawPickle.Dict(
            p => p.Text("a").Op((byte)']').Do(tensor).Op((byte)'a')).End()).Bytes);
        yield return (PyTorchError.NoTensors, "wrapped six times", RawZip.Of(RawPickle.Dict(p => p.Text("a").PlainDict(
            p => p.Text("b").PlainDict(p => p.Text("c").PlainDict(p => p.Text("d").PlainDict(
                p => p.Text("e").PlainDict(p => p.Text("w").Do(tensor))))))).End()).Bytes);
        yield return (PyTorchError.AmbiguousTensors, "two unknown names", RawZip.Of(Wrapped("ema", "net")).Bytes);
        yield return (PyTorchError.AmbiguousTensors, "two known names", RawZip.Of(Wrapped("model", "state_dict")).Bytes);
        yield return (PyTorchError.AmbiguousTensors, "tensors beside a table", RawZip.Of(RawPickle.Dict(
            p => p.Text("w").Do(tensor), p => p.Text("model").PlainDict(p => p.Text("w").Do(tensor))).End()).Bytes);
        foreach (string name in new[] { "__metadata__", "a\n", "\0", "a\u007f", "a\u0085" })
        {
            yield return (PyTorchError.InvalidTensorName, name, RawZip.Of(
                RawPickle.Dict(p => p.Text(name).Do(tensor)).End()).Bytes);
        }

        yield return (PyTorchError.InvalidTensorName, "a number", RawZip.Of(
            RawPickle.Dict(p => p.Text("a").Do(tensor), p => p.Int(1).Do(tensor)).End()).Bytes);
        foreach ((string what, Action<RawPickle> key) in new (string, Action<RawPickle>)[]
        {
            ("None", p => p.Op((byte)'N')), ("True", p => p.Op(0x88)), ("a tuple", p => p.Op((byte)')')),
            ("an object", p => p.Call("project", "Key")), ("a long number", p => p.Op(0x8A, 9).Op(new byte[9])),
        })
        {
            yield return (PyTorchError.InvalidTensorName, what, RawZip.Of(
                RawPickle.Dict(p => p.Text("a").Do(tensor), p => p.Do(key).Int(1)).End()).Bytes);
        }

        yield return (PyTorchError.ForbiddenGlobal, "a pickled module beside numbers", RawZip.Of(RawPickle.Dict(
            p => p.Text("epoch").Int(1), p => p.Text("model").Call("project.net", "Net")).End()).Bytes);
        yield return (PyTorchError.TooMuchExpansion, "many views of a storage", RawZip.Of(RawPickle.Dict(
            [.. Enumerable.Range(0, 40).Select<int, Action<RawPickle>>(i => p => p.Text($"{i}")
                .Tensor("0", "FloatStorage", 6, 0, [500_000], [0]))]).End()).Bytes);
    }

    /// <summary>{a: {w: tensor}, b: {w: tensor}, epoch: 3}.</summary>
    private static byte[] Wrapped(string a, string b)
    {
        Action<RawPickle> table = p => p.PlainDict(p => p.Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]));
        return RawPickle.Dict(p => p.Text(a).Do(table), p => p.Text(b).Do(table), p => p.Text("epoch").Int(3)).End();
    }

    /// <summary>The first record holds the second, which the directory has where the directory itself begins.</summary>
    private static byte[] Swallowed()
    {
        RawZip zip = new([("a/data.pkl", good), ("a/data/0", RawZip.Content(24))], flags: 0);
        uint all = (uint)(zip.Directory - zip.Data(0));
        return zip.Put32(zip.Local(0) + 18, all).Put32(zip.Local(0) + 22, all)
            .Put32(zip.Central(0) + 20, all).Put32(zip.Central(0) + 24, all)
            .Put32(zip.Central(1) + 42, (uint)zip.Directory).Bytes;
    }

    /// <summary>The locator points in front of the file, where the end record that is cut off would begin.</summary>
    private static byte[] HalfEnd64(RawZip zip)
    {
        byte[] ends = [.. zip.Bytes[zip.End64..(zip.End64 + 20)], .. zip.Bytes[zip.Locator..]];
        BitConverter.TryWriteBytes(ends.AsSpan(20 + 8), ends.Length - 98L);
        return ends;
    }

    private static string CureOf(PyTorchError code) => code switch
    {
        PyTorchError.NotPyTorch => "Check what was given.",
        PyTorchError.NoEndRecord
            or PyTorchError.RecordPlacement
            or PyTorchError.ChecksumMismatch
            or PyTorchError.Truncated => "The file is incomplete or damaged: fetch or copy it again.",
        PyTorchError.CompressedRecord or PyTorchError.UnsupportedFlags or PyTorchError.SplitArchive =>
            "Use the file as torch.save wrote it, not packed again.",
        PyTorchError.PackedModel => "Unpack it, and open the file that was in it.",
        PyTorchError.TorchScript => "Save the weights alone: torch.save(module.state_dict(), path).",
        PyTorchError.BigEndian => "Load it with PyTorch on a little-endian machine and save it again there.",
        PyTorchError.AmbiguousTensors => "Save the one that is meant: torch.save(checkpoint[name], path).",
        _ => "Load it where you trust it and save the tensors alone: torch.save(model.state_dict(), path).",
    };

    private static byte[] Flip(RawZip zip, int record, int at) =>
        zip.Put(zip.Data(record) + at, (byte)(zip.Bytes[zip.Data(record) + at] ^ 1)).Bytes;

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string NameOf((PyTorchError Code, string What, byte[] File) one) =>
        $"{one.Code}: {string.Concat(one.What.Select(c => char.IsControl(c) ? $"\\{(int)c:x2}" : $"{c}"))}";
}
