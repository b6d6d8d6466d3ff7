using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void The_bytes_are_those_of_the_format_sorted_padded_and_aligned()
    {
        SafetensorsWriter writer = new();
        writer.AddBytes("b", [3], new byte[] { 7, 8, 9 }, TensorDtype.U8);
        writer.Add("z", [2], new float[] { 1, -2 }, TensorDtype.BF16);
        writer.Add("c", [1, 1], new float[] { 1 });
        writer.AddMetadata("second", "2");
        writer.AddMetadata("first", "\"1\"");
        writer.AddBytes("i", [1], new byte[] { 1, 0, 0, 0, 0, 0, 0, 0x80 }, TensorDtype.I64);
        writer.Add("a", [], new float[] { 0.5f });
        byte[] bytes = Save(writer);

        const string header = "{\"__metadata__\":{\"second\":\"2\",\"first\":\"\\\"1\\\"\"},"
            + "\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},"
            + "\"c\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[12,16]},"
            + "\"z\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[16,20]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[20,23]}}";
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(header.PadRight(length), Encoding.UTF8.GetString(bytes, 8, length));
        Assert.InRange(length - header.Length, 0, 7);
        Assert.Equal(
            [1, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x3F, 0, 0, 0x80, 0x3F, 0x80, 0x3F, 0, 0xC0, 7, 8, 9],
            bytes[(8 + length)..]);
    }

    [Fact]
    public void An_empty_file_is_a_file()
    {
        byte[] bytes = Save(new SafetensorsWriter());

        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], bytes);
        using SafetensorsFile file = SafetensorsFile.Open(bytes);
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void Names_of_any_script_come_back_as_they_were()
    {
        string[] names = ["ü", "тензор", "張量", "😀", "\"quoted\"", "back\\slash", "</script>", "a b"];
        SafetensorsWriter writer = new();
        foreach (string name in names)
        {
            writer.AddBytes(name, [0], default, TensorDtype.U8);
            writer.AddMetadata(name, $"{name}\n\t\0{name}");
        }

        using SafetensorsFile file = SafetensorsFile.Open(Save(writer));

        Assert.Equal(names.Order(StringComparer.Ordinal), file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(names, file.Metadata.Keys);
        Assert.Equal(names.Select(name => $"{name}\n\t\0{name}"), file.Metadata.Values);
    }

    [Fact]
    public void Names_that_cannot_be_are_refused()
    {
        SafetensorsWriter writer = new();
        foreach (string name in new[] { "", "__metadata__", "line\nbreak", "\0", "\u009f" })
        {
            Refused("cannot name a tensor", () => writer.Add(name, [1], new float[1]));
            Refused("cannot name a tensor", () => writer.AddBytes(name, [1], new byte[1], TensorDtype.U8));
        }

        foreach (string name in new[] { "half \ud800 pair", "half at the end \udbff", "\udc00", "\udc00\ud800" })
        {
            Refused("half of a surrogate pair", () => writer.Add(name, [1], new float[1]));
            Refused("half of a surrogate pair", () => writer.AddMetadata(name, ""));
            Refused("half of a surrogate pair", () => writer.AddMetadata("", name));
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_when_it_is_added()
    {
        SafetensorsWriter writer = new();
        writer.Add("there", [1], new float[1]);
        writer.AddMetadata("there", "");

        Refused("There is a tensor \"there\" already", () => writer.Add("there", [2], new float[2]));
        Refused("needs 6 values, not 5", () => writer.Add("a", [2, 3], new float[5]));
        Refused("needs 12 bytes, not 6", () => writer.AddBytes("a", [6], new byte[6], TensorDtype.I16));
        Refused("stored as F32, F16 or BF16", () => writer.Add("a", [1], new float[1], TensorDtype.F64));
        Refused("does not fill whole bytes", () => writer.AddBytes("a", [1], new byte[1], TensorDtype.F4));
        Refused("above 2^48 - 1", () => writer.AddBytes("a", [1L << 48, 0], default, TensorDtype.U8));
        Assert.Throws<ArgumentException>(() => writer.AddMetadata("there", ""));
        Assert.Throws<ArgumentException>(() => writer.AddMetadata("half", "\ud800"));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add("a", [-1], default));
        Assert.Throws<OverflowException>(() => writer.AddBytes("a", [1L << 40, 1L << 40], default, TensorDtype.U8));
    }

    [Theory]
    [InlineData(TensorDtype.F16, 65520f)]
    [InlineData(TensorDtype.F16, -1e30f)]
    [InlineData(TensorDtype.BF16, float.MaxValue)]
    [InlineData(TensorDtype.BF16, -3.4e38f)]
    public void A_finite_value_never_turns_infinite_in_silence(TensorDtype dtype, float value)
    {
        float[] values = new float[70_000];
        (values[66_000], values[66_001]) = (value, -value);
        SafetensorsWriter writer = new();
        writer.Add("weights", [70_000], values, dtype);

        OverflowException error = Assert.Throws<OverflowException>(() => Save(writer));

        Assert.Equal(
            $"\"weights\" {dtype.FileName()} [70000]: value {value} at 66000 is too large for {dtype.FileName()}. "
            + $"Store the tensor as {(dtype == TensorDtype.F16 ? "BF16 or F32" : "F32")}.",
            error.Message);
    }

    [Theory]
    [InlineData(TensorDtype.F16)]
    [InlineData(TensorDtype.BF16)]
    public void The_first_of_several_values_that_are_too_large_is_named(TensorDtype dtype)
    {
        SafetensorsWriter writer = new();
        writer.Add("weights", [2], new[] { float.MaxValue, float.MaxValue }, dtype);

        Assert.Contains(" at 0 is too large", Assert.Throws<OverflowException>(() => Save(writer)).Message);
    }

    [Fact]
    public void A_failure_leaves_no_file_and_the_old_one_untouched()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        SafetensorsWriter bad = new();
        bad.Add("a", [100_000], new float[100_000]);
        bad.Add("b", [1], new[] { float.MaxValue }, TensorDtype.F16);

        Assert.Throws<OverflowException>(() => bad.Save(path));
        Assert.Empty(folder.Names);

        File.WriteAllText(path, "old");
        Assert.Throws<OverflowException>(() => bad.Save(path, overwrite: true));
        Assert.Throws<OperationCanceledException>(
            () => bad.Save(path, overwrite: true, cancellation: new CancellationToken(canceled: true)));
        Assert.Throws<IOException>(() => new SafetensorsWriter().Save(path));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["model.safetensors"], folder.Names);
    }

    [Fact]
    public void A_file_can_be_replaced_while_it_is_open_and_mapped_even_by_its_own_content()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        SafetensorsWriter first = new();
        first.Add("a", [3], new float[] { 1, 2, 3 });
        first.Save(path);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete),
            mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        using SafetensorsFile old = SafetensorsFile.Open(path);
        SafetensorsWriter second = new();
        second.Add("a", old, old.Tensors[0], TensorDtype.F16);
        second.Add("b", [1], new float[] { 4 });

        second.Save(path, overwrite: true);

        float[] values = new float[3];
        old.Read(old.Tensors[0], values);
        Assert.Equal([1, 2, 3], values);
        Assert.Equal((byte)'{', view.ReadByte(8));
        using SafetensorsFile replaced = SafetensorsFile.Open(path);
        Assert.Equal(["\"b\" F32 [1]", "\"a\" F16 [3]"], replaced.Tensors.Select(tensor => tensor.ToString()));
        Assert.Equal(["model.safetensors"], folder.Names);
    }

    [Fact]
    public void Tensors_of_another_file_are_copied_or_converted()
    {
        float[] values = [.. Enumerable.Range(0, 100_000).Select(i => MathF.Sin(i) * 3)];
        SafetensorsWriter writer = new();
        writer.Add("f", [1000, 100], values);
        writer.AddBytes("u", [2], new byte[] { 1, 2 }, TensorDtype.U8);
        using SafetensorsFile source = SafetensorsFile.Open(Save(writer));
        TensorInfo f = source.Tensors[0];

        SafetensorsWriter copy = new();
        copy.Add("u", source, source.Tensors[1]);
        copy.Add("f", source, f);
        Assert.Equal(Save(writer), Save(copy));

        SafetensorsWriter converted = new();
        converted.Add("half", source, f, TensorDtype.F16);
        converted.Add("brain", source, f, TensorDtype.BF16);
        using SafetensorsFile file = SafetensorsFile.Open(Save(converted));
        Assert.Equal(values.Select(value => (float)(Half)value), Read(file, "half"));
        Assert.Equal(values.Select(RoundToBF16), Read(file, "brain"));

        SafetensorsWriter impossible = new();
        impossible.Add("u", source, source.Tensors[1], TensorDtype.F32);
        Assert.Throws<NotSupportedException>(() => Save(impossible));
        Refused("stored as F32, F16 or BF16", () => impossible.Add("v", source, f, TensorDtype.I64));
    }

    [Fact]
    public void Writing_a_large_tensor_allocates_little()
    {
        Costly.SkipWhileMutating();
        float[] values = new float[10_000_000];
        SafetensorsWriter writer = new();
        writer.Add("a", [values.Length], values, TensorDtype.F16);
        writer.Save(Stream.Null);

        long before = GC.GetAllocatedBytesForCurrentThread();
        writer.Save(Stream.Null);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Metadata_that_could_not_be_read_again_is_not_written()
    {
        // "__metadata__":{"a":"…"}
        const int around = 23;
        SafetensorsWriter most = new();
        most.AddMetadata("a", new string('x', 10_000_000 - around));
        SafetensorsWriter more = new();
        more.AddMetadata("a", new string('x', 10_000_001 - around));

        using SafetensorsFile file = SafetensorsFile.Open(Save(most));
        Assert.Equal(10_000_000 - around, file.Metadata["a"].Length);
        Assert.Contains(
            "would take 10000001 bytes; 10000000 are allowed",
            Assert.Throws<InvalidOperationException>(() => Save(more)).Message);
    }

    [Fact]
    public void Progress_is_the_part_of_the_bytes_that_is_written()
    {
        SafetensorsWriter writer = new();
        writer.Add("a", [3], new float[3]);
        writer.AddBytes("b", [4], new byte[4], TensorDtype.U8);
        SafetensorsWriter nothing = new();
        nothing.AddBytes("a", [0], default, TensorDtype.U8);
        List<double> seen = [];

        writer.Save(Stream.Null, new Note(seen));
        nothing.Save(Stream.Null, new Note(seen));

        Assert.Equal([0.75, 1, 1], seen);
    }

    [Theory]
    [InlineData(TensorDtype.F32)]
    [InlineData(TensorDtype.F16)]
    public void Writing_stops_when_asked_to_also_within_a_tensor(TensorDtype dtype)
    {
        using CancellationTokenSource cancellation = new();
        SafetensorsWriter bytes = new();
        bytes.AddBytes("a", [1], new byte[1], TensorDtype.U8);
        SafetensorsWriter floats = new();
        floats.Add("a", [200_000], new float[200_000], dtype);
        using CancellingStream stream = new(cancellation);

        Assert.Throws<OperationCanceledException>(
            () => bytes.Save(Stream.Null, cancellation: new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => floats.Save(stream, cancellation: cancellation.Token));

        Assert.InRange(stream.Length, 60_000, 140_000);
    }

    [Fact]
    public void An_infinity_is_kept_but_one_of_F64_is_refused_wherever_it_stands()
    {
        float[] values = [float.PositiveInfinity, 1, float.NegativeInfinity];
        SafetensorsWriter writer = new();
        writer.Add("single", [3], values);
        double[] doubles = [1e300, 1];
        writer.AddBytes("double", [2], MemoryMarshal.AsBytes(doubles.AsSpan()).ToArray(), TensorDtype.F64);
        using SafetensorsFile source = SafetensorsFile.Open(Save(writer));

        SafetensorsWriter half = new();
        half.Add("single", source, source.Tensors[1], TensorDtype.F16);
        using SafetensorsFile file = SafetensorsFile.Open(Save(half));
        SafetensorsWriter refused = new();
        refused.Add("double", source, source.Tensors[0], TensorDtype.F32);

        Assert.Equal(values, Read(file, "single"));
        Assert.Contains("the value at 0 is infinite", Assert.Throws<OverflowException>(() => Save(refused)).Message);
    }

    [Fact]
    public void The_limits_of_the_format_hold_for_writing_too()
    {
        Costly.SkipWhileMutating();
        SafetensorsWriter names = new();
        for (int i = 0; i < 101; i++)
        {
            names.AddBytes($"{i}{new string('x', 1_000_000)}", [0], default, TensorDtype.U8);
        }

        Assert.Contains("allows 100000000", Assert.Throws<InvalidOperationException>(() => Save(names)).Message);
    }

    [Fact]
    public void The_same_content_has_the_same_hash_today_and_tomorrow()
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata("format", "pt");
        writer.Add("a", [2, 2], new float[] { 1, 2, 3, 4 });
        writer.Add("b", [2], new float[] { 1, 2 }, TensorDtype.F16);

        Assert.Equal(
            "5546687d0c835d50620a3e4321b8e70d97f801467e40bc6684bb5658767ae389",
            Convert.ToHexStringLower(SHA256.HashData(Save(writer))));
    }

    private static byte[] Save(SafetensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Save(stream);
        return stream.ToArray();
    }

    private static float[] Read(SafetensorsFile file, string name)
    {
        Assert.True(file.TryGet(name, out TensorInfo? tensor));
        float[] values = new float[tensor.ElementCount];
        file.Read(tensor, values);
        return values;
    }

    /// <summary>To nearest even, by comparing the two neighbours.</summary>
    private static float RoundToBF16(float value)
    {
        uint below = BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000;
        double low = BitConverter.UInt32BitsToSingle(below);
        double high = BitConverter.UInt32BitsToSingle(below + 0x10000);
        (double toLow, double toHigh) = (Math.Abs(value - low), Math.Abs(value - high));
        bool lowIsEven = (below & 0x10000) == 0;
        return (float)(toLow < toHigh || (toLow == toHigh && lowIsEven) ? low : high);
    }

    private static void Refused(string why, Action action) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(action).Message);

    private sealed class Note(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }

    /// <summary>A stream that cancels as soon as values of a tensor are written.</summary>
    private sealed class CancellingStream(CancellationTokenSource cancellation) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            if (buffer.Length > 10_000)
            {
                cancellation.Cancel();
            }
        }
    }
}
