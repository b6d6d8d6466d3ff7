using System.IO.Compression;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>How tensors, tables and checksums of sound files are read.</summary>
public sealed class PyTorchReadTests
{
    [Fact]
    public void Any_strides_give_the_elements_in_C_order_from_any_position_on()
    {
        Random random = new(5);
        for (int run = 0; run < 400; run++)
        {
            long[] shape = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (long)random.Next(1, 7))];
            long[] strides = Strides(shape, random);
            long offset = random.Next(3);
            long reach = offset + shape.Zip(strides, (side, stride) => (side - 1) * stride).Sum() + 1;
            AssertGathers(shape, strides, offset, reach + random.Next(3), random);
        }
    }

    [Theory]
    [InlineData(300, 500, 1, 300)]
    [InlineData(3, 2, 100_000, 50_000)]
    [InlineData(40, 3, 1, 20_000)]
    [InlineData(200_000, 2, 0, 1)]
    [InlineData(2, 200_000, 1, 0)]
    [InlineData(1000, 300, 1, 1)]
    [InlineData(1, 5, 77, 3000)]
    public void Large_and_sparse_and_overlapping_strides_as_well(long rows, long columns, long rowStride, long columnStride)
    {
        long reach = ((rows - 1) * rowStride) + ((columns - 1) * columnStride) + 1;
        AssertGathers([rows, columns], [rowStride, columnStride], 2, reach + 2, new Random(1));
    }

    /// <summary>Neighbours that are more than 4096 bytes apart are read alone.</summary>
    [Theory]
    [InlineData(300, 500, 1, 300, 600_000)]
    [InlineData(40, 3, 20_000, 1, (39 * 4096) + 12)]
    [InlineData(3, 2000, 100_000, 1, 3 * 8000)]
    [InlineData(3, 2, 100_000, 50_000, 6 * 4)]
    [InlineData(2, 2, 1024, 3072, 2 * (4096 + 4))]
    [InlineData(2, 2, 1025, 3075, 4 * 4)]
    [InlineData(5, 5, 0, 0, 4)]
    public void A_storage_is_read_once_from_front_to_back_and_not_between_distant_elements(
        long rows, long columns, long rowStride, long columnStride, long read)
    {
        long count = ((rows - 1) * rowStride) + ((columns - 1) * columnStride) + 1;
        byte[] pickle = RawPickle.OneTensor("FloatStorage", count, 0, [rows, columns], [rowStride, columnStride]);
        using CountingStream stream = new(RawZip.Of(pickle, (int)count * 4).Bytes);
        using PyTorchFile file = PyTorchFile.Open(stream, ignoreChecksums: true);
        long before = stream.BytesRead;

        Read(file, "w");

        Assert.Equal(read, stream.BytesRead - before);
    }

    [Fact]
    public void Sides_of_one_and_none_may_have_any_stride()
    {
        byte[] pickle = RawPickle.Dict(
            p => p.Text("ones").Tensor("0", "FloatStorage", 6, 1, [1, 2, 1, 2], [99, 2, 7, 1]),
            p => p.Text("none").Tensor("0", "FloatStorage", 6, 6, [3, 0, 5], [1, 2, 3]),
            p => p.Text("scalar").Tensor("0", "FloatStorage", 6, 5, [], [])).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal(["ones", "scalar", "none"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([2, 3, 4, 5], Read(file, "ones"));
        Assert.Equal([6], Read(file, "scalar"));
        Assert.Equal([], Read(file, "none"));
        Assert.Equal([3, 0, 5], file.Tensors[2].Shape);
    }

    [Theory]
    [InlineData("FloatStorage", TensorDtype.F32, 4)]
    [InlineData("HalfStorage", TensorDtype.F16, 2)]
    [InlineData("BFloat16Storage", TensorDtype.BF16, 2)]
    [InlineData("DoubleStorage", TensorDtype.F64, 8)]
    [InlineData("LongStorage", TensorDtype.I64, 8)]
    [InlineData("IntStorage", TensorDtype.I32, 4)]
    [InlineData("ShortStorage", TensorDtype.I16, 2)]
    [InlineData("CharStorage", TensorDtype.I8, 1)]
    [InlineData("ByteStorage", TensorDtype.U8, 1)]
    [InlineData("BoolStorage", TensorDtype.Bool, 1)]
    public void Every_storage_class_has_its_type_and_its_bytes_also_transposed(string type, TensorDtype dtype, int bytes)
    {
        RawZip zip = RawZip.Of(
            RawPickle.Dict(
                p => p.Text("plain").Tensor("0", type, 6, 0, [2, 3], [3, 1]),
                p => p.Text("transposed").Tensor("0", type, 6, 0, [3, 2], [1, 3])).End(),
            6 * bytes);
        byte[] content = [.. Enumerable.Range(1, 6 * bytes).Select(i => (byte)i)];
        zip.Put(zip.Data(1), content);
        using PyTorchFile file = PyTorchFile.Open(zip.Bytes, ignoreChecksums: true);

        Assert.All(file.Tensors, tensor => Assert.Equal(dtype, tensor.Dtype));
        Assert.Equal(content, Bytes(file, "plain"));
        int[] order = [0, 3, 1, 4, 2, 5];
        Assert.Equal(order.SelectMany(i => content.Skip(i * bytes).Take(bytes)), Bytes(file, "transposed"));
    }

    [Fact]
    public void A_slice_of_nothing_may_be_read_anywhere()
    {
        byte[] content = RawZip.Of(RawPickle.OneTensor(shape: [3, 2], strides: [1, 3])).Bytes;
        using CountingStream stream = new(content);
        using PyTorchFile file = PyTorchFile.Open(stream, ignoreChecksums: true);
        long before = stream.BytesRead;

        file.ReadSlice(file.Tensors[0], 0, []);
        file.ReadSlice(file.Tensors[0], 6, []);

        Assert.Equal(before, stream.BytesRead);
    }

    [Fact]
    public void The_kind_of_file_is_named()
    {
        using PyTorchFile zip = PyTorchFile.Open(RawZip.Good().Bytes);
        using PyTorchFile legacy = PyTorchFile.Open(new RawLegacy().Bytes);

        Assert.Equal("PyTorch zip", zip.Format);
        Assert.Equal("PyTorch stream", legacy.Format);
    }

    [Fact]
    public void A_tensor_may_have_64_dimensions()
    {
        long[] ones = [.. Enumerable.Repeat(1L, 64)];
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(RawPickle.OneTensor(shape: ones, strides: ones)).Bytes);

        Assert.Equal([1], Read(file, "w"));
    }

    [Fact]
    public void A_legacy_stream_may_end_with_a_storage_of_no_values()
    {
        RawLegacy stream = new()
        {
            Root = RawPickle.Dict(p => p.Text("w").Tensor("7", "FloatStorage", 0, 0, [0], [1], legacy: true)).End(),
            Storages = BitConverter.GetBytes(0L),
        };
        using PyTorchFile file = PyTorchFile.Open(stream.Bytes);

        Assert.Equal([], Read(file, "w"));
    }

    [Fact]
    public void An_integer_of_no_bytes_is_zero()
    {
        byte[] pickle = RawPickle.Dict(p => p.Text("w").Call(
            "torch._utils",
            "_rebuild_tensor_v2",
            p => p.Storage("0", "FloatStorage", 6),
            p => p.Op(0x8A, 0),
            p => p.Tuple(6L),
            p => p.Tuple(1L),
            p => p.Op(0x89),
            p => p.OrderedDict())).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal([1, 2, 3, 4, 5, 6], Read(file, "w"));
    }

    [Fact]
    public void A_table_may_take_64_MiB_and_eight_times_the_file_and_no_byte_more()
    {
        // The digits of the shape take the same room, whatever they are.
        byte[] Views(long floats) => RawZip.Of(RawPickle.OneTensor(shape: [floats], strides: [0])).Bytes;
        long most = ((64L << 20) + (8L * Views(1 << 24).Length)) / sizeof(float);

        using PyTorchFile file = PyTorchFile.Open(Views(most));
        PyTorchException error = Assert.Throws<PyTorchException>(() => PyTorchFile.Open(Views(most + 1)));

        Assert.Equal(most, file.Tensors[0].ElementCount);
        Assert.Equal(PyTorchError.TooMuchExpansion, error.Code);
    }

    [Fact]
    public void Integers_are_listed_and_not_read_as_float()
    {
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(RawPickle.OneTensor("IntStorage")).Bytes);

        NotSupportedException error = Assert.Throws<NotSupportedException>(() => Read(file, "w"));

        Assert.Contains("\"w\" I32 [2, 3] cannot be read as float", error.Message);
    }

    [Fact]
    public void Parameters_metadata_arguments_attributes_and_long_indices_are_understood()
    {
        byte[] pickle = new RawPickle(3)
            .OrderedDict(
                p => p.Text("parameter").Call(
                    "torch._utils",
                    "_rebuild_parameter",
                    p => p.Tensor("0", "FloatStorage", 6, 0, [2], [1]),
                    p => p.Op(0x88),
                    p => p.OrderedDict()),
                p => p.Text("with metadata").Call(
                    "torch._utils",
                    "_rebuild_tensor_v2",
                    p => p.Storage("0", "FloatStorage", 6),
                    p => p.Op((byte)'J').UInt32(2).Op((byte)'r').UInt32(70000),
                    p => p.Op((byte)'K', 2, 0x85),
                    p => p.Op((byte)'M', 1, 0, 0x85),
                    p => p.Op(0x88),
                    p => p.OrderedDict(),
                    p => p.Op((byte)'}')),
                p => p.Text("without").Call(
                    "torch._utils",
                    "_rebuild_tensor_v2",
                    p => p.Storage("0", "FloatStorage", 6),
                    p => p.Op(0x8A, 2, 4, 0),
                    p => p.Op((byte)'j').UInt32(70000).Op(0x85),
                    p => p.Op(0x8A, 1, 1, 0x85),
                    p => p.Op(0x89),
                    p => p.OrderedDict(),
                    p => p.Op((byte)'N')))
            .PlainDict(p => p.Text("_metadata").OrderedDict(p => p.Text("").PlainDict(p => p.Text("version").Int(1))))
            .Op((byte)'b').End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal(["parameter", "with metadata", "without"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([1, 2], Read(file, "parameter"));
        Assert.Equal([3, 4], Read(file, "with metadata"));
        Assert.Equal([5, 6], Read(file, "without"));
    }

    [Theory]
    [InlineData("model")]
    [InlineData("model_state")]
    [InlineData("model_state_dict")]
    [InlineData("state_dict")]
    [InlineData("anything")]
    public void A_table_is_found_under_its_name_beside_what_training_leaves(string name)
    {
        Action<RawPickle> other = p => p.Tensor("0", "FloatStorage", 6, 0, [6], [1]);
        byte[] pickle = new RawPickle().PlainDict(
            p => p.Text("epoch").Int(3),
            p => p.Text("lr").Op((byte)'G', 0, 0, 0, 0, 0, 0, 0, 0),
            p => p.Text("optimizer").PlainDict(
                p => p.Text("state").PlainDict(p => p.Int(0).PlainDict(p => p.Text("exp_avg").Do(other))),
                p => p.Text("param_groups").Op((byte)']').PlainDict(p => p.Text("betas").Tuple(1, 2)).Op((byte)'a')),
            p => p.Text(name).PlainDict(p => p.Text("w").Do(other)),
            p => p.Text("best").Do(p => _ = name == "anything" ? p.Op((byte)'N') : p.PlainDict(p => p.Text("v").Do(other)))).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal("w", Assert.Single(file.Tensors).Name);
    }

    [Fact]
    public void Wrappers_inside_wrappers_and_numbers_beside_tensors_are_no_hindrance()
    {
        byte[] pickle = RawPickle.Dict(p => p.Text("a").PlainDict(p => p.Text("b").PlainDict(p => p.Text("c").PlainDict(
            p => p.Text("d").PlainDict(
                p => p.Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]),
                p => p.Text("steps").Int(5),
                p => p.Text("empty").Op((byte)'}')))))).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal("w", Assert.Single(file.Tensors).Name);
    }

    [Fact]
    public void Values_with_a_wrong_checksum_are_read_only_where_that_is_asked_for()
    {
        RawZip zip = RawZip.Good();
        zip.Put(zip.Data(1) + 3, 0x40);
        using PyTorchFile strict = PyTorchFile.Open(zip.Bytes);
        using PyTorchFile lax = PyTorchFile.Open(zip.Bytes, ignoreChecksums: true);

        PyTorchException error = Assert.Throws<PyTorchException>(() => strict.ReadSlice(strict.Tensors[0], 5, new float[1]));

        Assert.Equal(PyTorchError.ChecksumMismatch, error.Code);
        Assert.Equal(zip.Data(1), error.ByteOffset);
        Assert.Throws<PyTorchException>(() => strict.ReadSlice(strict.Tensors[0], 5, new float[1]));
        Assert.Equal([2, 3, 4, 5, 6], Read(lax, "w")[1..]);
    }

    [Fact]
    public void A_checksum_that_is_cancelled_reads_no_further_piece_and_is_made_again()
    {
        const int Floats = 1 << 20;
        byte[] pickle = RawPickle.Dict(p => p.Text("w").Tensor("0", "FloatStorage", Floats, 0, [Floats], [1])).End();
        using CancellationTokenSource cancellation = new();
        using WatchedStream stream = new(RawZip.Of(pickle, Floats * sizeof(float)).Bytes);
        using PyTorchFile file = PyTorchFile.Open(stream);
        float[] first = new float[1];
        int opened = stream.Reads;
        stream.AtRead = (opened + 3, cancellation.Cancel);

        Assert.Throws<OperationCanceledException>(() => file.ReadSlice(file.Tensors[0], 0, first, cancellation.Token));
        Assert.Equal(opened + 3, stream.Reads);

        file.ReadSlice(file.Tensors[0], 0, first);
        Assert.True(stream.Reads > opened + 30, $"{stream.Reads} reads");
        Assert.Equal(1, first[0]);
    }

    [Fact]
    public void A_checksum_is_compared_when_values_are_first_read()
    {
        RawZip zip = RawZip.Good();
        using PyTorchFile file = PyTorchFile.Open(zip.Bytes);
        Assert.Equal([1, 2, 3, 4, 5, 6], Read(file, "w"));

        BitConverter.TryWriteBytes(zip.Bytes.AsSpan(zip.Data(1)), 7f);

        Assert.Equal([7, 2, 3, 4, 5, 6], Read(file, "w"));
    }

    [Fact]
    public void An_empty_record_may_stand_right_in_front_of_the_directory()
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in new[]
            {
                ("a/data.pkl", RawPickle.OneTensor()),
                ("a/data/0", RawZip.Content(24)),
                ("a/.data/serialization_id", []),
            })
            {
                using Stream record = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                record.Write(content);
            }
        }

        using PyTorchFile file = PyTorchFile.Open(stream.ToArray());

        Assert.Equal([1, 2, 3, 4, 5, 6], Read(file, "w"));
    }

    [Fact]
    public void A_pickle_with_a_wrong_checksum_is_read_only_where_that_is_asked_for()
    {
        RawZip zip = RawZip.Good();
        zip.Put32(zip.Central(0) + 16, 1);

        Assert.Throws<PyTorchException>(() => PyTorchFile.Open(zip.Bytes));
        using PyTorchFile lax = PyTorchFile.Open(new MemoryStream(zip.Bytes), ignoreChecksums: true);
        Assert.Equal("<stream>", lax.Name);
        Assert.Equal([1, 2, 3, 4, 5, 6], Read(lax, "w"));
    }

    [Fact]
    public void Checksums_of_long_and_odd_lengths_are_the_runtimes()
    {
        foreach (int count in new[] { 1, 2, 3, 5, 7, 8, 9, 31, 131_071, 131_072, 131_073, 300_001 })
        {
            RawZip zip = RawZip.Of(RawPickle.OneTensor("ByteStorage", count, 0, [count], [1]), count);
            using PyTorchFile file = PyTorchFile.Open(zip.Bytes);
            Assert.Equal(RawZip.Content(count), Bytes(file, "w"));
            zip.Put(zip.Data(1) + count - 1, 99);
            using PyTorchFile spoiled = PyTorchFile.Open(zip.Bytes);
            Assert.Throws<PyTorchException>(() => Bytes(spoiled, "w"));
        }
    }

    [Fact]
    public void A_64_bit_entry_is_understood()
    {
        // Size, stored size and place of the last record move into an extra field behind its name.
        RawZip zip = RawZip.Good();
        int entry = zip.Central(1);
        long[] fields = [24, 24, zip.Local(1)];
        byte[] extra = [.. "XY"u8, 1, 0, 9, 1, 0, 24, 0, .. fields.SelectMany(BitConverter.GetBytes), .. "ZZ\0\0"u8];
        zip.Put32(entry + 20, uint.MaxValue).Put32(entry + 24, uint.MaxValue).Put32(entry + 42, uint.MaxValue)
            .Put16(entry + 30, (ushort)extra.Length)
            .Put64(zip.End64 + 40, (ulong)(zip.End64 - zip.Directory + extra.Length))
            .Put32(zip.End + 12, uint.MaxValue)
            .Put64(zip.Locator + 8, (ulong)(zip.End64 + extra.Length));
        byte[] content = zip.Insert(zip.End64, extra);
        using PyTorchFile file = PyTorchFile.Open(content);
        Assert.Equal([1, 2, 3, 4, 5, 6], Read(file, "w"));

        foreach ((int at, byte value) in new[] { (7, (byte)25), (32, (byte)0x80), (5, (byte)7) })
        {
            byte[] lie = [.. content];
            lie[zip.End64 + at] = value;
            Assert.Equal(
                PyTorchError.InvalidDirectory, Assert.Throws<PyTorchException>(() => PyTorchFile.Open(lie)).Code);
        }
    }

    [Fact]
    public void A_stream_is_read_from_its_position_and_left_open_where_asked()
    {
        byte[] content = RawZip.Good().Bytes;
        using MemoryStream stream = new([1, 2, 3, .. content]);
        stream.Position = 3;
        using (PyTorchFile file = PyTorchFile.Open(stream, leaveOpen: true, name: "given"))
        {
            Assert.Equal("given", file.Name);
            Assert.Equal([1, 2, 3, 4, 5, 6], Read(file, "w"));
        }

        Assert.True(stream.CanRead);
        PyTorchFile.Open(new MemoryStream(content)).Dispose();
    }

    [Fact]
    public void A_refused_file_is_closed_and_a_disposed_one_is_not_read()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("bad.pth");
        File.WriteAllBytes(path, RawZip.Good().Bytes[..^1]);
        Assert.Throws<PyTorchException>(() => PyTorchFile.Open(path));
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
        }

        PyTorchFile file = PyTorchFile.Open(RawZip.Good().Bytes);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(file.Tensors[0], new float[6]));
        Assert.Throws<ObjectDisposedException>(() => file.ComputeSha256());
    }

    /// <summary>Contiguous or permuted dimensions, with holes or overlapping.</summary>
    private static long[] Strides(long[] shape, Random random)
    {
        long[] strides = new long[shape.Length];
        int[] order = [.. Enumerable.Range(0, shape.Length)];
        random.Shuffle(order);
        long next = 1;
        foreach (int axis in order)
        {
            strides[axis] = random.Next(6) == 0 ? random.Next(4) : next;
            next = (next * shape[axis]) + random.Next(3);
        }

        return strides;
    }

    private static void AssertGathers(long[] shape, long[] strides, long offset, long count, Random random)
    {
        RawZip zip = RawZip.Of(RawPickle.OneTensor("FloatStorage", count, offset, shape, strides), (int)count * 4);
        using PyTorchFile file = PyTorchFile.Open(zip.Bytes);
        TensorInfo tensor = Assert.Single(file.Tensors);
        float[] expected = new float[tensor.ElementCount];
        for (long i = 0; i < expected.Length; i++)
        {
            // The storage holds 1, 2, 3 and so on.
            (long place, long rest) = (offset, i);
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                place += rest % shape[axis] * strides[axis];
                rest /= shape[axis];
            }

            expected[i] = place + 1;
        }

        Assert.Equal(expected, Read(file, "w"));
        for (int slice = 0; slice < 5; slice++)
        {
            int first = random.Next(expected.Length);
            float[] part = new float[random.Next(expected.Length - first + 1)];
            file.ReadSlice(tensor, first, part);
            Assert.Equal(expected[first..(first + part.Length)], part);
        }

        using MemoryStream copy = new();
        file.CopyTo(tensor, copy);
        Assert.Equal(expected.SelectMany(BitConverter.GetBytes), copy.ToArray());
    }

    private sealed class CountingStream(byte[] content) : MemoryStream(content)
    {
        public long BytesRead { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int read = base.Read(buffer);
            BytesRead += read;
            return read;
        }
    }

    private static float[] Read(PyTorchFile file, string name)
    {
        Assert.True(file.TryGet(name, out TensorInfo? tensor));
        float[] values = new float[tensor.ElementCount];
        file.Read(tensor, values);
        return values;
    }

    private static byte[] Bytes(PyTorchFile file, string name)
    {
        Assert.True(file.TryGet(name, out TensorInfo? tensor));
        byte[] values = new byte[tensor.ByteLength];
        file.ReadBytes(tensor, values);
        return values;
    }

    /// <summary>A stream that counts its reads, and does something at one of them.</summary>
    private sealed class WatchedStream(byte[] content) : MemoryStream(content)
    {
        public int Reads { get; private set; }

        public (int Number, Action Do) AtRead { get; set; } = (-1, () => { });

        public override int Read(Span<byte> buffer)
        {
            if (++Reads == AtRead.Number)
            {
                AtRead.Do();
            }

            return base.Read(buffer);
        }
    }
}
