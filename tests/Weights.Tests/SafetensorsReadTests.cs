using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class SafetensorsReadTests
{
    [Theory]
    [InlineData(" \t\r\n{}")]
    [InlineData("{} \t\r\n")]
    [InlineData("{ \"__metadata__\" : { } }      ")]
    [InlineData("{}")]
    public void White_space_around_the_object_is_accepted(string header)
    {
        using SafetensorsFile file = SafetensorsFile.Open(RawFile.Of(header));

        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Scalars_and_empty_tensors_have_their_place()
    {
        string header = string.Join(',',
            RawFile.Tensor("scalar", "F32", "", 0, 4),
            RawFile.Tensor("behind", "U8", "0", 4, 4),
            RawFile.Tensor("also behind", "U8", "0", 4, 4),
            RawFile.Tensor("empty", "F32", "3,0,281474976710655", 0, 0));
        using SafetensorsFile file = SafetensorsFile.Open(RawFile.Of($"{{{header}}}", 4));

        Assert.Equal(["empty", "scalar", "behind", "also behind"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([0, 1, 0, 0], file.Tensors.Select(tensor => tensor.ElementCount));
        Assert.Equal([0, 4, 0, 0], file.Tensors.Select(tensor => tensor.ByteLength));
        Assert.Equal([3, 0, 281474976710655], file.Tensors[0].Shape);
        file.Read(file.Tensors[0], []);
    }

    [Fact]
    public void Tensors_come_in_the_order_of_their_values_and_metadata_in_the_order_of_the_file()
    {
        string header = "{"
            + RawFile.Tensor("z", "U8", "2", 3, 5) + ","
            + "\"__metadata__\":{\"second\":\"2\",\"first\":\"1\",\"\":\"empty\","
            + "\"zwölf\":\"\\u00fc\\n\\ud83d\\ude00\"},"
            + RawFile.Tensor("a", "U8", "1", 2, 3) + ","
            + RawFile.Tensor("m", "U8", "2", 0, 2) + "}";
        using SafetensorsFile file = SafetensorsFile.Open(RawFile.Of(header, 5));

        Assert.Equal(["m", "a", "z"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(["second", "first", "", "zwölf"], file.Metadata.Keys);
        Assert.Equal("ü\n😀", file.Metadata["zwölf"]);
        Assert.Equal(8 + header.Length + 1, file.Tensors[0].Offset);
        Assert.True(file.TryGet("z", out TensorInfo? z));
        Assert.Same(file.Tensors[2], z);
        Assert.False(file.TryGet("Z", out _));
    }

    [Fact]
    public void Metadata_of_10_MB_is_read_wherever_it_stands_and_a_byte_more_is_refused()
    {
        // From its opening brace to the end of its last value.
        string Header(int bytes) => "{" + RawFile.Tensor("a", "U8", "0", 0, 0)
            + ",\"__metadata__\":{\"a\":\"" + new string('x', bytes - 7) + "\"}}";

        using SafetensorsFile file = SafetensorsFile.Open(RawFile.Of(Header(10_000_000)));
        SafetensorsException error = Assert.Throws<SafetensorsException>(
            () => SafetensorsFile.Open(RawFile.Of(Header(10_000_001))));

        Assert.Equal(9_999_993, file.Metadata["a"].Length);
        Assert.Equal(SafetensorsError.MetadataTooLarge, error.Code);
    }

    [Fact]
    public void Every_element_type_is_known_by_its_name_and_size()
    {
        (string Name, int Bits)[] expected =
        [
            ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("BOOL", 8), ("U8", 8), ("I8", 8), ("F8_E5M2", 8),
            ("F8_E4M3", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("I16", 16), ("U16", 16),
            ("F16", 16), ("BF16", 16), ("I32", 32), ("U32", 32), ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64),
            ("U64", 64),
        ];

        Assert.Equal(expected, TensorDtypes.All.Select(dtype => (dtype.FileName(), dtype.BitsPerElement())));
        foreach ((string name, int bits) in expected)
        {
            using SafetensorsFile file = SafetensorsFile.Open(RawFile.OneTensor(name, "8,3", 0, bits * 3, bits * 3));
            Assert.Equal(name, file.Tensors[0].Dtype.FileName());
            Assert.Equal(24, file.Tensors[0].ElementCount);
            Assert.Equal(bits * 3, file.Tensors[0].ByteLength);
        }
    }

    [Fact]
    public void Types_without_a_float_are_refused_by_name_and_still_give_their_bytes()
    {
        foreach (TensorDtype dtype in TensorDtypes.All.Where(dtype => !dtype.DecodesToFloat()))
        {
            int length = dtype.BitsPerElement();
            byte[] content = RawFile.OneTensor(dtype.FileName(), "8", 0, length, length);
            content[^1] = 7;
            using SafetensorsFile file = SafetensorsFile.Open(content);

            NotSupportedException error =
                Assert.Throws<NotSupportedException>(() => file.Read(file.Tensors[0], new float[8]));
            byte[] bytes = new byte[length];
            file.ReadBytes(file.Tensors[0], bytes);

            Assert.Contains($"tensor \"a\" {dtype.FileName()} [8] cannot be read as float", error.Message);
            Assert.Contains("Save it again", error.Message);
            Assert.Equal(7, bytes[^1]);
        }
    }

    [Fact]
    public void F64_is_rounded_to_nearest_even()
    {
        double[] values = [1, 1 + Math.ScaleB(1, -24), 1 + (3 * Math.ScaleB(1, -24)), 1e300, -1e-300, double.NaN];
        byte[] content = RawFile.OneTensor("F64", "6", 0, 48, 48);
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(content.AsSpan(content.Length - 48));
        using SafetensorsFile file = SafetensorsFile.Open(content);
        float[] read = new float[6];

        file.Read(file.Tensors[0], read);

        Assert.Equal([1f, 1f, 1f + MathF.ScaleB(1, -22), float.PositiveInfinity, -0f, float.NaN], read);
    }

    [Theory]
    [InlineData("F32", 4)]
    [InlineData("F16", 2)]
    [InlineData("BF16", 2)]
    [InlineData("F64", 8)]
    public void A_slice_is_the_same_as_that_part_of_the_whole(string dtype, int size)
    {
        // Longer than one chunk, and no multiple of a vector.
        const int count = 150_001;
        byte[] content = RawFile.OneTensor(dtype, $"{count}", 0, count * size, count * size);
        Random random = new(1);
        random.NextBytes(content.AsSpan(content.Length - (count * size)));
        using SafetensorsFile file = SafetensorsFile.Open(content);
        TensorInfo tensor = file.Tensors[0];
        float[] whole = new float[count];

        file.Read(tensor, whole);

        foreach ((int first, int length) in new[] { (0, 1), (7, 65_537), (count - 3, 3), (count, 0), (100, 0) })
        {
            float[] slice = new float[length];
            file.ReadSlice(tensor, first, slice);
            Assert.Equal(Bits(whole.AsSpan(first, length)), Bits(slice));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadSlice(tensor, count - 3, new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadSlice(tensor, -1, new float[1]));
    }

    [Fact]
    public void A_destination_of_another_length_and_a_foreign_tensor_are_refused()
    {
        using SafetensorsFile file = SafetensorsFile.Open(RawFile.OneTensor("F32", "4", 0, 16, 16));
        using SafetensorsFile other = SafetensorsFile.Open(RawFile.OneTensor("F32", "4", 0, 16, 16));
        TensorInfo tensor = file.Tensors[0];

        AssertRefused("needs 4 values, not 5", () => file.Read(tensor, new float[5]));
        AssertRefused("needs 4 values, not 3", () => file.Read(tensor, new float[3]));
        AssertRefused("needs 16 bytes, not 4", () => file.ReadBytes(tensor, new byte[4]));
        foreach (Action foreign in new Action[]
        {
            () => file.Read(other.Tensors[0], new float[4]),
            () => file.ReadSlice(other.Tensors[0], 0, new float[4]),
            () => file.ReadBytes(other.Tensors[0], new byte[16]),
            () => file.CopyTo(other.Tensors[0], Stream.Null),
        })
        {
            AssertRefused("is not a tensor of <memory>", foreign);
        }
    }

    [Fact]
    public void A_closed_source_refuses_to_read()
    {
        SafetensorsFile file = SafetensorsFile.Open(RawFile.OneTensor("F32", "4", 0, 16, 16));
        TensorInfo tensor = file.Tensors[0];
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Read(tensor, new float[4]));
        Assert.Throws<ObjectDisposedException>(() => file.ReadBytes(tensor, new byte[16]));
        Assert.Throws<ObjectDisposedException>(() => file.ComputeSha256());
    }

    [Theory]
    [InlineData("path")]
    [InlineData("memory")]
    [InlineData("stream")]
    [InlineData("stream behind a prefix")]
    [InlineData("file behind a prefix")]
    [InlineData("forward only")]
    [InlineData("given")]
    public void File_memory_and_streams_give_the_same(string kind)
    {
        string path = ReferenceData.Find("torch_files/bfloat16.safetensors");
        byte[] content = File.ReadAllBytes(path);
        using TemporaryFolder folder = new();
        using SafetensorsFile expected = SafetensorsFile.Open(content);
        using SafetensorsFile file = kind switch
        {
            "path" => SafetensorsFile.Open(path),
            "memory" => SafetensorsFile.Open(content.AsMemory()),
            "stream" => SafetensorsFile.Open(new MemoryStream(content)),
            "stream behind a prefix" => SafetensorsFile.Open(new MemoryStream([1, 2, 3, .. content]) { Position = 3 }),
            "file behind a prefix" => SafetensorsFile.Open(FileBehindPrefix(folder, content)),
            "given" => SafetensorsFile.Open(new MemoryStream(content), name: "given"),
            _ => SafetensorsFile.Open(new ForwardOnlyStream(content)),
        };

        Assert.Equal(174, file.Tensors.Length);
        string name = kind switch
        {
            "path" => path,
            "memory" => "<memory>",
            "file behind a prefix" => folder.File("prefixed"),
            "given" => "given",
            _ => "<stream>",
        };
        Assert.Equal(name, file.Name);
        Assert.Equal(
            expected.Tensors.Select(tensor => $"{tensor} at {tensor.Offset}"),
            file.Tensors.Select(tensor => $"{tensor} at {tensor.Offset}"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.ComputeSha256());
        foreach (TensorInfo tensor in file.Tensors.Reverse())
        {
            byte[] bytes = new byte[tensor.ByteLength];
            file.ReadBytes(tensor, bytes);
            Assert.Equal(content.AsSpan((int)tensor.Offset, bytes.Length).ToArray(), bytes);
        }
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void A_stream_is_taken_over_unless_it_is_to_be_left_open(bool leaveOpen, bool canSeek)
    {
        using MemoryStream good = Stream("{}");
        SafetensorsFile.Open(good, leaveOpen).Dispose();
        using MemoryStream bad = Stream("{");
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(bad, leaveOpen));

        Assert.Equal(leaveOpen, good.CanRead);
        Assert.Equal(leaveOpen, bad.CanRead);

        MemoryStream Stream(string header) =>
            canSeek ? new MemoryStream(RawFile.Of(header)) : new ForwardOnlyStream(RawFile.Of(header));
    }

    [Fact]
    public void Hashing_and_copying_stop_when_asked_to()
    {
        using SafetensorsFile file = SafetensorsFile.Open(RawFile.OneTensor("F32", "4", 0, 16, 16));
        CancellationToken cancelled = new(canceled: true);

        Assert.Throws<OperationCanceledException>(() => file.ComputeSha256(cancelled));
        Assert.Throws<OperationCanceledException>(() => file.CopyTo(file.Tensors[0], Stream.Null, cancelled));
    }

    [Fact]
    public void Several_threads_read_one_file()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("torch_files/original_keys.safetensors"));
        byte[][] hashes = new byte[8][];

        Thread[] threads = [.. Enumerable.Range(0, 8).Select(i => new Thread(() => hashes[i] = HashOfAll(file)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.All(hashes, hash => Assert.Equal(HashOfAll(file), hash));
    }

    private static void AssertRefused(string why, Action action) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(action).Message);

    private static byte[] HashOfAll(TensorSource source)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TensorInfo tensor in source.Tensors)
        {
            float[] values = new float[tensor.ElementCount];
            source.Read(tensor, values);
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        }

        return hash.GetHashAndReset();
    }

    private static uint[] Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, uint>(values).ToArray();

    private static FileStream FileBehindPrefix(TemporaryFolder folder, byte[] content)
    {
        string path = folder.File("prefixed");
        File.WriteAllBytes(path, [1, 2, 3, .. content]);
        FileStream stream = File.OpenRead(path);
        stream.Position = 3;
        return stream;
    }

    /// <summary>A stream that cannot seek and gives few bytes at a time, as a network does.</summary>
    private sealed class ForwardOnlyStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1000)]);

        public override void CopyTo(Stream destination, int bufferSize)
        {
            byte[] buffer = new byte[bufferSize];
            for (int read = Read(buffer.AsSpan()); read > 0; read = Read(buffer.AsSpan()))
            {
                destination.Write(buffer, 0, read);
            }
        }
    }
}
