using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Files that are cut, damaged or made to cost much.</summary>
public sealed class PyTorchHostileTests
{
    private static readonly byte[] pickle = RawPickle.Dict(
        p => p.Text("w").Tensor("0", "FloatStorage", 6, 0, [2, 3], [3, 1]),
        p => p.Text("t").Tensor("0", "FloatStorage", 6, 0, [3, 2], [1, 3]),
        p => p.Text("n").Int(1)).End();

    public static TheoryData<string> Kinds => ["zip", "legacy"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_cut_anywhere_is_refused(string kind)
    {
        byte[] content = Small(kind);

        for (int length = 0; length < content.Length; length++)
        {
            Assert.Throws<PyTorchException>(() => PyTorchFile.Open(content.AsMemory(0, length)));
        }

        ReadEverything(content);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_with_bytes_in_front_or_behind_is_refused(string kind)
    {
        byte[] content = Small(kind);

        Assert.Throws<PyTorchException>(() => PyTorchFile.Open((byte[])[0, .. content]));
        Assert.Throws<PyTorchException>(() => PyTorchFile.Open((byte[])[.. content, 0]));
        Assert.Throws<PyTorchException>(() => PyTorchFile.Open((byte[])[.. content, .. content]));
    }

    [Fact]
    public void Cutting_a_real_file_anywhere_in_its_ends_is_refused()
    {
        byte[] content = File.ReadAllBytes(ReferenceData.Find("torch_files/encoder_only.pth"));

        for (int cut = 1; cut < 3000; cut += 7)
        {
            Assert.Throws<PyTorchException>(() => PyTorchFile.Open(content.AsMemory(0, content.Length - cut)));
        }
    }

    [Fact]
    public void A_small_file_that_claims_much_costs_nothing()
    {
        RawZip zip = RawZip.Good();
        byte[][] files =
        [
            RawZip.Of(RawPickle.OneTensor(shape: [1L << 45], strides: [0])).Bytes,
            RawZip.Good().Put64(zip.End64 + 40, 1UL << 60).Put32(zip.End + 12, uint.MaxValue).Bytes,
            RawZip.Good().Put32(zip.Central(1) + 20, 0x7FFFFFFF).Put32(zip.Central(1) + 24, 0x7FFFFFFF).Bytes,
            RawZip.Of(new RawPickle().Op((byte)'X').UInt32(uint.MaxValue).End()).Bytes,
            (new RawLegacy() with { Storages = BitConverter.GetBytes(1L << 60) }).Bytes,
        ];

        foreach (byte[] file in files)
        {
            (TimeSpan time, long bytes) = (TimeSpan.MaxValue, long.MaxValue);

            // The first run compiles, others may be disturbed: one of ten within the bounds shows the cost.
            for (int run = 0; run < 10 && (time > TimeSpan.FromMilliseconds(1) || bytes > 64 << 10); run++)
            {
                bytes = GC.GetAllocatedBytesForCurrentThread();
                TimeSpan start = ProcessorTime.OfThread;
                Assert.Throws<PyTorchException>(() => PyTorchFile.Open(file));
                time = ProcessorTime.OfThread - start;
                bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            }

            Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
            Assert.InRange(bytes, 0, 64 << 10);
        }
    }

    [Fact]
    public void A_hundred_thousand_records_are_read_in_seconds()
    {
        Costly.SkipWhileMutating();
        (string, byte[])[] records =
        [
            ("a/data.pkl", RawPickle.OneTensor()), ("a/data/0", RawZip.Content(24)),
            .. Enumerable.Range(1, 99_998).Select(i => ($"a/data/{i}", Array.Empty<byte>())),
        ];
        byte[] content = new RawZip(records, flags: 0x0808).Bytes;
        TimeSpan start = ProcessorTime.OfThread;

        // More than the end record's 16 bits can count: the 64-bit one says it.
        content.AsSpan(content.Length - 14, 4).Fill(0xFF);
        using PyTorchFile file = PyTorchFile.Open(content);

        Assert.Single(file.Tensors);
        Assert.InRange(ProcessorTime.OfThread - start, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private static byte[] Small(string kind) => kind == "zip"
        ? new RawZip(
            ("a/data.pkl", pickle), ("a/byteorder", "little"u8.ToArray()), ("a/data/0", RawZip.Content(24))).Bytes
        : new RawLegacy().Bytes;

    private static void ReadEverything(byte[] content)
    {
        using PyTorchFile file = PyTorchFile.Open(content);
        foreach (TensorInfo tensor in file.Tensors)
        {
            file.ReadBytes(tensor, new byte[tensor.ByteLength]);
            if (tensor.Dtype.DecodesToFloat())
            {
                file.Read(tensor, new float[tensor.ElementCount]);
            }
        }
    }
}
