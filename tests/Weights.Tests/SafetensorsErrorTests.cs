using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Every way a file can be wrong, at least one file for each code.</summary>
public sealed class SafetensorsErrorTests
{
    private static readonly string bigMetadata =
        $"{{\"__metadata__\":{{\"a\":\"{new string('x', 6_000_000)}\",\"b\":\"{new string('y', 4_000_000)}\"}}}}";

    private static readonly (SafetensorsError Code, string What, byte[] File)[] cases =
    [
        (SafetensorsError.FileTooShort, "empty", []),
        (SafetensorsError.FileTooShort, "seven bytes", new byte[7]),
        (SafetensorsError.HeaderTooLarge, "one above the limit", RawFile.Of("{}", claimedLength: 100_000_001)),
        (SafetensorsError.HeaderTooLarge, "all bits", RawFile.Of("{}", claimedLength: ulong.MaxValue)),
        (SafetensorsError.HeaderTooLarge, "the sign bit", RawFile.Of("{}", claimedLength: 1UL << 63)),
        (SafetensorsError.HeaderBeyondFile, "one byte too long", RawFile.Of("{}", claimedLength: 3)),
        (SafetensorsError.HeaderBeyondFile, "at the limit", RawFile.Of("{}", claimedLength: 100_000_000)),
        (SafetensorsError.InvalidText, "a lone continuation byte", RawFile.Of([(byte)'{', 0x80, (byte)'}'])),
        (SafetensorsError.InvalidText, "an encoded surrogate", RawFile.Of(
            [.. "{\""u8, 0xED, 0xA0, 0x80, .. "\":1}"u8])),
        (SafetensorsError.InvalidText, "bad bytes in a value", RawFile.Of(
            [.. "{\"__metadata__\":{\"a\":\""u8, 0xFF, .. "\"}}"u8])),
        (SafetensorsError.InvalidText, "half a surrogate, escaped", RawFile.Of(
            "{\"__metadata__\":{\"a\":\"\\ud800\"}}")),
        (SafetensorsError.InvalidText, "half a surrogate in a key", RawFile.Of("{\"\\udc00\":{}}")),
        (SafetensorsError.InvalidText, "half a surrogate in a field", RawFile.Of("{\"a\":{\"\\ud800\":1}}")),
        (SafetensorsError.InvalidText, "half a surrogate in a type", RawFile.Of("{\"a\":{\"dtype\":\"\\ud800x\"}}")),
        (SafetensorsError.InvalidJson, "an empty header", RawFile.Of("")),
        (SafetensorsError.InvalidJson, "white space alone", RawFile.Of("   ")),
        (SafetensorsError.InvalidJson, "a list", RawFile.Of("[]")),
        (SafetensorsError.InvalidJson, "cut off", RawFile.Of("{\"a\":")),
        (SafetensorsError.InvalidJson, "two objects", RawFile.Of("{}{}")),
        (SafetensorsError.InvalidJson, "zero bytes behind", RawFile.Of("{}\0\0")),
        (SafetensorsError.InvalidJson, "a form feed behind", RawFile.Of("{}\f")),
        (SafetensorsError.InvalidJson, "a byte order mark", RawFile.Of("\uFEFF{}")),
        (SafetensorsError.InvalidJson, "a comma too many", RawFile.Of("{\"__metadata__\":{},}")),
        (SafetensorsError.InvalidJson, "a comment", RawFile.Of("{}/* */")),
        (SafetensorsError.InvalidJson, "a leading zero", RawFile.OneTensor("U8", "01", 0, 1, 1)),
        (SafetensorsError.InvalidMetadata, "a list", RawFile.Of("{\"__metadata__\":[]}")),
        (SafetensorsError.InvalidMetadata, "null", RawFile.Of("{\"__metadata__\":null}")),
        (SafetensorsError.InvalidMetadata, "a number", RawFile.Of("{\"__metadata__\":{\"a\":1}}")),
        (SafetensorsError.InvalidMetadata, "nested", RawFile.Of("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}")),
        (SafetensorsError.InvalidMetadata, "a tensor", RawFile.Of(
            $"{{{RawFile.Tensor("__metadata__", "U8", "1", 0, 1)}}}", 1)),
        (SafetensorsError.MetadataTooLarge, "10 MB and a little", RawFile.Of(bigMetadata)),
        (SafetensorsError.InvalidTensor, "not an object", RawFile.Of("{\"a\":1}")),
        (SafetensorsError.InvalidTensor, "nothing in it", RawFile.Of("{\"a\":{}}")),
        (SafetensorsError.InvalidTensor, "no dtype", RawFile.Of("{\"a\":{\"shape\":[],\"data_offsets\":[0,1]}}", 1)),
        (SafetensorsError.InvalidTensor, "no shape", RawFile.Of(
            "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1)),
        (SafetensorsError.InvalidTensor, "no offsets", RawFile.Of("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1)),
        (SafetensorsError.InvalidTensor, "a field too many", RawFile.Of(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"stride\":[1]}}", 1)),
        (SafetensorsError.InvalidTensor, "a field twice", RawFile.Of(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,1]}}", 1)),
        (SafetensorsError.InvalidTensor, "dtype twice", RawFile.Of(
            "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1)),
        (SafetensorsError.InvalidTensor, "offsets twice", RawFile.Of(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"data_offsets\":[0,1]}}", 1)),
        (SafetensorsError.InvalidTensor, "offsets under another name", RawFile.Of(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"offsets\":[0,1]}}", 1)),
        (SafetensorsError.InvalidTensor, "dtype null", RawFile.Of("{\"a\":{\"dtype\":null}}")),
        (SafetensorsError.InvalidTensor, "shape a number", RawFile.Of("{\"a\":{\"shape\":1}}")),
        (SafetensorsError.InvalidTensor, "a string as dimension", RawFile.OneTensor("U8", "\"1\"", 0, 1, 1)),
        (SafetensorsError.InvalidTensor, "a list as dimension", RawFile.OneTensor("U8", "[1]", 0, 1, 1)),
        (SafetensorsError.InvalidTensor, "one offset", RawFile.Of("{\"a\":{\"data_offsets\":[0]}}")),
        (SafetensorsError.InvalidTensor, "three offsets", RawFile.Of("{\"a\":{\"data_offsets\":[0,1,2]}}")),
        (SafetensorsError.InvalidTensor, "too deep", RawFile.Of("{\"a\":{\"shape\":[[[1]]]}}")),
        (SafetensorsError.InvalidNumber, "an exponent", RawFile.OneTensor("U8", "1e0", 0, 1, 1)),
        (SafetensorsError.InvalidNumber, "a fraction", RawFile.OneTensor("U8", "1.0", 0, 1, 1)),
        (SafetensorsError.InvalidNumber, "minus one", RawFile.OneTensor("U8", "-1", 0, 1, 1)),
        (SafetensorsError.InvalidNumber, "minus zero", RawFile.OneTensor("U8", "-0", 0, 0, 0)),
        (SafetensorsError.NumberTooLarge, "2^48", RawFile.OneTensor("U8", "281474976710656", 0, 1, 1)),
        (SafetensorsError.NumberTooLarge, "2^63", RawFile.OneTensor("U8", "9223372036854775808", 0, 1, 1)),
        (SafetensorsError.NumberTooLarge, "2^64 + 1", RawFile.OneTensor("U8", "18446744073709551617", 0, 1, 1)),
        (SafetensorsError.NumberTooLarge, "an offset", RawFile.OneTensor("U8", "1", 0, 1L << 48, 1)),
        (SafetensorsError.DuplicateKey, "a tensor", RawFile.Of(
            $"{{{RawFile.Tensor("a", "U8", "1", 0, 1)},{RawFile.Tensor("a", "U8", "1", 1, 2)}}}", 2)),
        (SafetensorsError.DuplicateKey, "a tensor, escaped", RawFile.Of(
            $"{{{RawFile.Tensor("a", "U8", "1", 0, 1)},{RawFile.Tensor("\\u0061", "U8", "1", 1, 2)}}}", 2)),
        (SafetensorsError.DuplicateKey, "metadata", RawFile.Of("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}")),
        (SafetensorsError.DuplicateKey, "the metadata itself", RawFile.Of("{\"__metadata__\":{},\"__metadata__\":{}}")),
        (SafetensorsError.UnknownDtype, "F33", RawFile.OneTensor("F33", "1", 0, 4, 4)),
        (SafetensorsError.UnknownDtype, "small letters", RawFile.OneTensor("f32", "1", 0, 4, 4)),
        (SafetensorsError.UnknownDtype, "none", RawFile.OneTensor("", "1", 0, 4, 4)),
        (SafetensorsError.ShapeOverflow, "2^94 elements", RawFile.OneTensor(
            "U8", "140737488355328,140737488355328", 0, 1, 1)),
        (SafetensorsError.ShapeOverflow, "2^62 times 8 bits", RawFile.OneTensor(
            "U8", "2147483648,2147483648", 0, 1, 1)),
        (SafetensorsError.ShapeOverflow, "zero behind", RawFile.OneTensor(
            "U8", "140737488355328,140737488355328,0", 0, 0, 0)),
        (SafetensorsError.PartialByte, "three halves of a byte", RawFile.OneTensor("F4", "3", 0, 2, 2)),
        (SafetensorsError.PartialByte, "six bits", RawFile.OneTensor("F6_E2M3", "1", 0, 1, 1)),
        (SafetensorsError.SizeMismatch, "too few bytes", RawFile.OneTensor("F32", "2", 0, 4, 4)),
        (SafetensorsError.SizeMismatch, "too many bytes", RawFile.OneTensor("F32", "2", 0, 12, 12)),
        (SafetensorsError.SizeMismatch, "bytes of nothing", RawFile.OneTensor("F32", "0,5", 0, 4, 4)),
        (SafetensorsError.SizeMismatch, "a scalar without bytes", RawFile.OneTensor("F32", "", 0, 0, 0)),
        (SafetensorsError.InvalidOffset, "backwards", RawFile.OneTensor("U8", "1", 1, 0, 1)),
        (SafetensorsError.InvalidOffset, "a hole in front", RawFile.OneTensor("U8", "1", 1, 2, 2)),
        (SafetensorsError.InvalidOffset, "a hole between", RawFile.Of(
            $"{{{RawFile.Tensor("a", "U8", "1", 0, 1)},{RawFile.Tensor("b", "U8", "1", 2, 3)}}}", 3)),
        (SafetensorsError.InvalidOffset, "an overlap", RawFile.Of(
            $"{{{RawFile.Tensor("a", "U8", "2", 0, 2)},{RawFile.Tensor("b", "U8", "2", 1, 3)}}}", 3)),
        (SafetensorsError.InvalidOffset, "the same bytes twice", RawFile.Of(
            $"{{{RawFile.Tensor("a", "U8", "2", 0, 2)},{RawFile.Tensor("b", "U8", "2", 0, 2)}}}", 2)),
        (SafetensorsError.InvalidOffset, "empty, inside another", RawFile.Of(
            $"{{{RawFile.Tensor("a", "U8", "2", 0, 2)},{RawFile.Tensor("b", "U8", "0", 1, 1)}}}", 2)),
        (SafetensorsError.FileLengthMismatch, "values missing", RawFile.OneTensor("U8", "2", 0, 2, 1)),
        (SafetensorsError.FileLengthMismatch, "a tail", RawFile.OneTensor("U8", "2", 0, 2, 3)),
        (SafetensorsError.FileLengthMismatch, "a tail and no tensor", RawFile.Of("{}", 1)),
    ];

    public static TheoryData<string> Names => [.. cases.Select(NameOf)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_file_is_refused_with_its_code(string name)
    {
        (SafetensorsError code, _, byte[] file) = cases.Single(one => NameOf(one) == name);

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(file));

        Assert.Equal(code, error.Code);
        Assert.InRange(error.ByteOffset, 0, file.Length);
        Assert.Equal("<memory>", error.FileName);
        Assert.StartsWith($"<memory>, byte {error.ByteOffset}: ", error.Message);
        Assert.True(error.Message.Length < 600, error.Message);
        Assert.EndsWith($". {CureOf(code)}", error.Message);
    }

    /// <summary>A file named by its case, and what the message says of it.</summary>
    public static TheoryData<string, string> Words => new()
    {
        { "InvalidTensor: not an object", "byte 13: tensor \"a\": its entry is not an object." },
        { "InvalidTensor: nothing in it", "byte 13: tensor \"a\": dtype, shape or data_offsets is missing." },
        { "InvalidTensor: shape a number", "shape or data_offsets is not an array." },
        { "InvalidTensor: a list as dimension", "shape or data_offsets holds more than numbers." },
        { "InvalidTensor: three offsets", "data_offsets has 3 numbers, not 2." },
        { "InvalidTensor: a field twice", "unknown or repeated field \"shape\"." },
        { "InvalidOffset: a hole between", "tensor \"b\": there is a hole before it." },
        { "InvalidOffset: an overlap", "tensor \"b\": it overlaps the one before it." },
        { "InvalidOffset: the same bytes twice", "it overlaps the one before it." },
    };

    [Theory]
    [MemberData(nameof(Words))]
    public void The_message_says_what_is_wrong(string name, string words) =>
        Assert.Contains(words, Refuse(cases.Single(one => NameOf(one) == name).File).Message);

    [Fact]
    public void Every_code_has_a_file()
    {
        // A file can only shrink while it is open; that has a test of its own below.
        IEnumerable<SafetensorsError> covered = cases.Select(one => one.Code).Append(SafetensorsError.FileShrank);

        Assert.Equal(Enum.GetValues<SafetensorsError>().ToHashSet(), covered.ToHashSet());
    }

    [Fact]
    public void The_message_names_file_place_tensor_and_cure()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        File.WriteAllBytes(path, RawFile.OneTensor("F32", "2,3", 0, 20, 20));

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));

        Assert.Equal(
            $"{path}, byte 13: tensor \"a\": F32 [2, 3] needs 24 bytes, data_offsets span 20. "
            + "Save it again with a current safetensors library.",
            error.Message);
        Assert.Equal(path, error.FileName);
        Assert.Equal(13, error.ByteOffset);
    }

    [Fact]
    public void Text_of_the_file_is_shown_escaped_and_cut()
    {
        string name = "line\\nforged \\u001b[31m" + new string('x', 5000);

        SafetensorsException error = Assert.Throws<SafetensorsException>(
            () => SafetensorsFile.Open(RawFile.Of($"{{{RawFile.Tensor(name, "U8", "2", 0, 1)}}}", 1)));

        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.Contains("\"line\\u000aforged \\u001b[31mxxx", error.Message);
        Assert.True(error.Message.Length < 600);
    }

    [Theory]
    [InlineData("~ a", "~ a")]
    [InlineData("say \\u0022a\\\\b\\u0022", "say \\u0022a\\u005cb\\u0022")]
    [InlineData("\u00fc\\u007f", "\\u00fc\\u007f")]
    public void Quotes_backslashes_and_what_is_not_ASCII_are_escaped(string inFile, string shown) =>
        Assert.Contains($"unknown element type \"{shown}\".", UnknownDtype(inFile));

    [Fact]
    public void Text_of_200_characters_is_shown_whole_and_longer_text_is_cut()
    {
        string text = new('x', 200);

        Assert.Contains($"\"{text}\".", UnknownDtype(text));
        Assert.Contains($"\"{text}…\".", UnknownDtype(text + "y"));
    }

    [Fact]
    public void A_shape_of_16_dimensions_is_shown_whole_and_a_longer_one_is_cut()
    {
        string sides = string.Join(", ", Enumerable.Repeat(1, 16));

        Assert.Contains($"U8 [{sides}] needs", Refuse(RawFile.OneTensor("U8", sides, 0, 0, 0)).Message);
        Assert.Contains(
            $"U8 [{sides}, … 17 dimensions] needs", Refuse(RawFile.OneTensor("U8", $"{sides}, 1", 0, 0, 0)).Message);
    }

    [Fact]
    public void A_file_that_shrinks_while_open_is_reported_and_not_read_as_zeros()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        byte[] content = RawFile.OneTensor("F32", "1000", 0, 4000, 4000);
        File.WriteAllBytes(path, content);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Shorten(path, content.Length - 1);

        SafetensorsException error =
            Assert.Throws<SafetensorsException>(() => file.Read(file.Tensors[0], new float[1000]));

        Assert.Equal(SafetensorsError.FileShrank, error.Code);
        Assert.Contains("Leave the file alone", error.Message);
    }

    [Theory]
    [InlineData(0, SafetensorsError.FileTooShort)]
    [InlineData(1, SafetensorsError.FileShrank)]
    [InlineData(2, SafetensorsError.FileShrank)]
    public void A_stream_may_shrink_at_any_time(int reads, SafetensorsError code)
    {
        using ShrinkingStream stream = new(RawFile.OneTensor("F32", "4", 0, 16, 16), reads);

        SafetensorsException error = Assert.Throws<SafetensorsException>(() =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(stream, leaveOpen: true);
            file.Read(file.Tensors[0], new float[4]);
        });

        Assert.Equal(code, error.Code);
        Assert.Equal(stream.End, error.ByteOffset);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        using TemporaryFolder folder = new();
        string missing = folder.File("missing.safetensors");

        FileNotFoundException notFound = Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(missing));
        IOException isFolder = Assert.Throws<IOException>(() => SafetensorsFile.Open(folder.Path));

        Assert.Contains(missing, notFound.Message);
        Assert.Equal($"{folder.Path} is a folder: give a file.", isFolder.Message);
    }

    private static string CureOf(SafetensorsError code) => code switch
    {
        SafetensorsError.FileTooShort or SafetensorsError.HeaderBeyondFile or SafetensorsError.FileLengthMismatch =>
            "The file is incomplete or damaged: fetch or copy it again.",
        SafetensorsError.HeaderTooLarge or SafetensorsError.InvalidText or SafetensorsError.InvalidJson =>
            "This is no safetensors file, or a damaged one: check what was given.",
        SafetensorsError.MetadataTooLarge => "Save it again with less metadata.",
        SafetensorsError.UnknownDtype => "Save it again as F32, F16 or BF16.",
        _ => "Save it again with a current safetensors library.",
    };

    private static string UnknownDtype(string name) => Refuse(RawFile.OneTensor(name, "1", 0, 1, 1)).Message;

    private static SafetensorsException Refuse(byte[] file) =>
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(file));

    private static void Shorten(string path, long length)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(length);
    }

    private static string NameOf((SafetensorsError Code, string What, byte[] File) one) => $"{one.Code}: {one.What}";
}
