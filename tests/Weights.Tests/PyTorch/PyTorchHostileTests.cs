using System.Diagnostics;
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

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Twenty_thousand_mutations_give_the_parsers_exception_or_a_file_that_can_be_read(string kind)
    {
        byte[] original = Small(kind);
        (int refused, int accepted) = (0, 0);
        for (int seed = 0; seed < 20_000; seed++)
        {
            byte[] mutant = Mutate(original, new Random(seed));
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            try
            {
                ReadEverything(mutant);
                accepted++;
            }
            catch (PyTorchException)
            {
                refused++;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {error}");
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            Assert.True(elapsed < TimeSpan.FromMilliseconds(200), $"seed {seed} takes {elapsed}");
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(allocated < 1 << 20, $"seed {seed} allocates {allocated} bytes");
        }

        Assert.True(refused > 10_000, $"only {refused} mutants were refused: they are too tame");
        Assert.True(accepted > 200, $"only {accepted} mutants were accepted: they are too wild");
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
                long start = Stopwatch.GetTimestamp();
                Assert.Throws<PyTorchException>(() => PyTorchFile.Open(file));
                time = Stopwatch.GetElapsedTime(start);
                bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            }

            Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
            Assert.InRange(bytes, 0, 64 << 10);
        }
    }

    [Fact]
    public void A_hundred_thousand_records_are_read_in_seconds()
    {
        (string, byte[])[] records =
        [
            ("a/data.pkl", RawPickle.OneTensor()), ("a/data/0", RawZip.Content(24)),
            .. Enumerable.Range(1, 99_998).Select(i => ($"a/data/{i}", Array.Empty<byte>())),
        ];
        byte[] content = new RawZip(records, flags: 0x0808).Bytes;
        long start = Stopwatch.GetTimestamp();

        // More than the end record's 16 bits can count: the 64-bit one says it.
        content.AsSpan(content.Length - 14, 4).Fill(0xFF);
        using PyTorchFile file = PyTorchFile.Open(content);

        Assert.Single(file.Tensors);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private static byte[] Small(string kind) => kind == "zip"
        ? new RawZip(
            ("a/data.pkl", pickle), ("a/byteorder", "little"u8.ToArray()), ("a/data/0", RawZip.Content(24))).Bytes
        : new RawLegacy().Bytes;

    private static void ReadEverything(byte[] content)
    {
        // Damage behind a checksum shows only without it.
        using PyTorchFile file = PyTorchFile.Open(content, ignoreChecksums: true);
        foreach (TensorInfo tensor in file.Tensors)
        {
            file.ReadBytes(tensor, new byte[tensor.ByteLength]);
            if (tensor.Dtype.DecodesToFloat())
            {
                file.Read(tensor, new float[tensor.ElementCount]);
            }
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        byte[] words = [0, 1, 2, 0xFF, 0x80, .. "()(.GJKMNQRX]abcehjqrstuPK}"u8, 0x85, 0x86, 0x87, 0x88, 0x8A, 0x95, 0x8C, 4];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    bytes.Add(0);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count / 2), random.Next(1, 40)));
                    break;
                case 4:
                    bytes[at] = words[random.Next(words.Length)];
                    break;
                default:
                    int length = Math.Min(random.Next(1, 9), bytes.Count - at);
                    bytes.RemoveRange(at, length);
                    bytes.InsertRange(at, Enumerable.Repeat((byte)(random.Next(2) * 0xFF), length));
                    break;
            }
        }

        return [.. bytes];
    }
}
