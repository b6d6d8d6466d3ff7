using System.Text;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Which reader a file's content asks for, and what is said of files that no reader reads.</summary>
public sealed class CheckpointFileTests
{
    private static readonly (string Name, byte[] Start, string Looks)[] others =
    [
        ("empty", [], "is empty: fetch or copy it again"),
        ("gzip", [0x1F, 0x8B, 8], "packed with gzip: unpack it"),
        ("bzip2", Encoding.ASCII.GetBytes("BZh91AY"), "packed with bzip2: unpack it"),
        ("xz", [0xFD, .. "7zXZ\0"u8], "packed with xz: unpack it"),
        ("zstd", [0x28, 0xB5, 0x2F, 0xFD], "packed with zstd: unpack it"),
        ("7z", [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "7z archive: unpack it"),
        ("rar", [.. "Rar!\u001a"u8], "RAR archive: unpack it"),
        ("lfs", [.. "version https://git-lfs.github.com/spec/v1\noid sha256:00"u8], "pointer of Git LFS, not the file: fetch it with git lfs pull"),
        ("html", [.. "<!DOCTYPE html><html>"u8], "web page or XML, not weights: the download went wrong"),
        ("onnx", [0x08, 0x07, 0x12, 0x07, .. "pytorch"u8], "ONNX graph: use the weights of the PyTorch model"),
        ("onnx of IR 10", [0x08, 0x0A, 0x3A, 0x07, .. "graph"u8], "ONNX graph"),
        ("onnx with a version", [0x08, 0x03, 0x1A, 0x01, .. "1"u8], "ONNX graph"),
        ("hdf5", [0x89, .. "HDF\r\n"u8], "HDF5 file"),
        ("gguf", [.. "GGUF"u8, 3, 0, 0, 0], "GGUF file"),
        ("npy", [0x93, .. "NUMPY"u8], "NumPy array"),
        ("png", [0x89, .. "PNG\r\n"u8], "picture, not weights: give it as the image"),
        ("jpeg", [0xFF, 0xD8, 0xFF, 0xE0], "picture, not weights: give it as the image"),
        ("short", [.. "abc"u8], "it begins with \"abc\": check what was given"),
        ("unknown", [1, 2, .. "abcdefghijkl"u8], "it begins with \"\\u0001\\u0002abcdef\": check what was given"),
        ("no ONNX", [0x08, 0x02, 0x12], "it begins with"),
        ("nor this", [0x08, 0x20, 0x12], "it begins with"),
        ("nor that", [0x08, 0x07, 0x13], "it begins with"),
    ];

    public static TheoryData<string> Others => [.. others.Select(other => other.Name)];

    [Theory]
    [MemberData(nameof(Others))]
    public void A_file_of_another_kind_is_told_by_its_content(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        (_, byte[] start, string looks) = others.Single(other => other.Name == name);
        File.WriteAllBytes(path, start);

        CheckpointException error = Assert.Throws<CheckpointException>(() => CheckpointFile.Open(path));

        Assert.Equal(CheckpointError.UnknownFormat, error.Code);
        Assert.StartsWith($"{path} ", error.Message);
        Assert.Contains(looks, error.Message);
        Assert.EndsWith(".", error.Message);
        using MemoryStream stream = new(start);
        Assert.Equal(
            CheckpointError.UnknownFormat,
            Assert.Throws<CheckpointException>(() => CheckpointFile.Open(stream)).Code);
        Assert.False(stream.CanRead);
    }

    [Theory]
    [InlineData(new string[0], "give a file of weights")]
    [InlineData(new[] { "README.md", "config.json" }, "give a file of weights")]
    [InlineData(new[] { "README.md", "model.safetensors" }, "open the file model.safetensors in it")]
    [InlineData(new[] { "sam\u001b[2J.PTH" }, "open the file sam\\u001b[2J.PTH in it")]
    [InlineData(new[] { "b.pt", "a.ckpt" }, "open one of the files in it: a.ckpt, b.pt")]
    public void A_folder_is_refused_with_the_file_to_give(string[] names, string cure)
    {
        using TemporaryFolder folder = new();
        foreach (string name in names)
        {
            File.WriteAllText(folder.File(name), "");
        }

        Assert.Equal(
            $"{folder.Path} is a folder: {cure}.", Assert.Throws<IOException>(() => CheckpointFile.Open(folder.Path)).Message);
    }

    [Fact]
    public void A_stream_that_shrinks_at_once_is_as_good_as_empty()
    {
        using ShrinkingStream stream = new(RawZip.Good().Bytes, reads: 0);

        Assert.Contains("is empty", Assert.Throws<CheckpointException>(() => CheckpointFile.Open(stream)).Message);
    }

    [Fact]
    public void A_tar_archive_is_refused_with_the_cure()
    {
        byte[] tar = new byte[1024];
        "storages"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));

        PyTorchException error = Assert.Throws<PyTorchException>(() => CheckpointFile.Open(tar));

        Assert.Equal(PyTorchError.TarArchive, error.Code);
        Assert.Contains("tar archive", error.Message);
        Assert.Contains("torch.save(model.state_dict(), path)", error.Message);
        Assert.Throws<CheckpointException>(() => CheckpointFile.Open(tar.AsMemory(0, 261)));
    }

    [Fact]
    public void The_content_decides_and_not_the_name()
    {
        using TemporaryFolder folder = new();
        foreach ((string name, byte[] content, Type type) in new[]
        {
            ("a.safetensors", RawZip.Good().Bytes, typeof(PyTorchFile)),
            ("b.safetensors", new RawLegacy().Bytes, typeof(PyTorchFile)),
            ("c.pth", RawFile.OneTensor("F32", "6", 0, 24, 24), typeof(SafetensorsFile)),
            ("d.pth", RawFile.Of("\n {}"), typeof(SafetensorsFile)),
        })
        {
            File.WriteAllBytes(folder.File(name), content);
            using TensorSource fromPath = CheckpointFile.Open(folder.File(name));
            using TensorSource fromStream = CheckpointFile.Open(new MemoryStream([0, .. content]) { Position = 1 });
            using TensorSource fromMemory = CheckpointFile.Open(content);
            using TensorSource named = CheckpointFile.Open(new MemoryStream(content), name: "given");

            Assert.Equal(folder.File(name), fromPath.Name);
            Assert.Equal("given", named.Name);
            Assert.Equal("<stream>", fromStream.Name);
            Assert.Equal("<memory>", fromMemory.Name);
            Assert.All([fromPath, fromStream, fromMemory], source => Assert.IsType(type, source));
        }
    }

    [Fact]
    public void What_begins_like_a_format_is_refused_by_its_reader()
    {
        Assert.Equal(
            SafetensorsError.HeaderBeyondFile,
            Assert.Throws<SafetensorsException>(() => CheckpointFile.Open(RawFile.Of("{}", claimedLength: 3))).Code);
        Assert.Equal(
            SafetensorsError.HeaderBeyondFile,
            Assert.Throws<SafetensorsException>(() => CheckpointFile.Open(RawFile.Of("{", claimedLength: 100_000_000))).Code);
        Assert.Throws<CheckpointException>(() => CheckpointFile.Open(RawFile.Of("{", claimedLength: 100_000_001)));
        Assert.Throws<CheckpointException>(() => CheckpointFile.Open(RawFile.Of("[1]")));
        Assert.Equal(
            PyTorchError.NotPyTorch,
            Assert.Throws<PyTorchException>(() => CheckpointFile.Open(RawPickle.OneTensor())).Code);
        Assert.Equal(
            PyTorchError.TorchScript,
            Assert.Throws<PyTorchException>(() => CheckpointFile.Open(
                new RawZip(("a/data.pkl", RawPickle.OneTensor()), ("a/constants.pkl", [])).Bytes)).Code);
        Assert.Equal(
            PyTorchError.NotPyTorch,
            Assert.Throws<PyTorchException>(() => CheckpointFile.Open((byte[])[0x80, 5, 0])).Code);
        Assert.Throws<CheckpointException>(() => CheckpointFile.Open((byte[])[0x80, 6, 0]));
        Assert.Throws<CheckpointException>(() => CheckpointFile.Open(new byte[8]));
    }

    [Fact]
    public void Values_with_a_wrong_checksum_are_read_only_where_that_is_asked_for()
    {
        using TemporaryFolder folder = new();
        RawZip zip = RawZip.Good();
        byte[] content = zip.Put32(zip.Central(0) + 16, 1).Bytes;
        File.WriteAllBytes(folder.File("a.pth"), content);

        Assert.Throws<PyTorchException>(() => CheckpointFile.Open(content));
        Assert.Throws<PyTorchException>(() => CheckpointFile.Open(folder.File("a.pth")));
        Assert.Throws<PyTorchException>(() => CheckpointFile.Open(new MemoryStream(content)));
        using TensorSource fromPath = CheckpointFile.Open(folder.File("a.pth"), ignoreChecksums: true);
        using TensorSource fromStream = CheckpointFile.Open(new MemoryStream(content), ignoreChecksums: true);
    }
}
