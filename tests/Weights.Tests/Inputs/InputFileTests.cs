using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests.Inputs;

/// <summary>Inputs that are no regular files, that never end, and that claim a length they do not have.</summary>
public sealed class InputFileTests : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Weights_from_a_fifo_are_those_of_the_file()
    {
        foreach (byte[] content in new[] { RawFile.OneTensor("F32", "4", 0, 16, 16), RawZip.Good().Bytes })
        {
            string path = Pipe.Make(folder, $"{content.Length}.fifo");
            Task writing = Pipe.Write(path, content);
            using TensorSource fromPipe = CheckpointFile.Open(path);
            using TensorSource fromMemory = CheckpointFile.Open(content);

            Assert.Equal(fromMemory.ComputeSha256(), fromPipe.ComputeSha256());
            Assert.Equal(path, fromPipe.Name);
            Assert.Equal(Values(fromMemory), Values(fromPipe));
            await writing;
        }
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/urandom")]
    public void An_endless_device_is_told_by_its_beginning(string device)
    {
        Assert.SkipUnless(File.Exists(device), $"there is no {device}");
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains(device, Record.Exception(() => CheckpointFile.Open(device).Dispose())!.Message);
        Exception error = Record.Exception(() => SafetensorsFile.Open(device).Dispose())!;

        Assert.Equal(
            device == "/dev/zero" ? SafetensorsError.InvalidJson : SafetensorsError.HeaderTooLarge,
            Assert.IsType<SafetensorsException>(error).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void A_pipe_is_kept_up_to_a_limit_and_refused_beyond_it()
    {
        const int Length = (3 << 20) + 17;
        byte[] content = new byte[Length];
        new Random(3).NextBytes(content);
        using PipedBytes whole = new(new MadeStream(content, end: Length), leaveOpen: false, "pipe", limit: Length);
        using PipedBytes more = new(new MadeStream(content, end: int.MaxValue), leaveOpen: false, "pipe", limit: Length);

        byte[] part = new byte[2 << 20];
        Assert.True(whole.TryFill(1_000_000, part));
        Assert.Equal(content[1_000_000..(1_000_000 + part.Length)], part);
        Assert.Equal(Length, whole.Length);
        Assert.Equal(17, whole.Read(Length - 17, part));
        Assert.Equal(content[^17..], part[..17]);
        Assert.Equal(0, whole.Read(Length + 5L, part));
        Assert.True(more.TryFill(0, part));
        IOException error = Assert.Throws<IOException>(() => more.Length);
        Assert.Equal($"pipe has more than {Length} bytes and is no file: write it to a file first, and give that.", error.Message);
    }

    [Fact]
    public void A_stream_that_claims_more_than_it_has_costs_nothing()
    {
        // A header of 100 MB, and a tensor of a terabyte, of which there is not a byte.
        byte[] header = RawFile.Of("{", claimedLength: 100_000_000);
        byte[] tensor = RawFile.OneTensor("F32", $"{1L << 38}", 0, 1L << 40, 0);
        foreach (byte[] content in new[] { header, tensor })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            using MadeStream stream = new(content, content.Length, claimed: content.Length + (1L << 40));

            IOException error = Assert.Throws<IOException>(() => SafetensorsFile.Open(stream, leaveOpen: true, "claims"));

            Assert.StartsWith("claims claims ", error.Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 16);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public void A_stream_is_read_to_its_end_up_to_the_limit(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        File.WriteAllBytes(folder.File("file"), content);
        foreach (Func<Stream> open in new Func<Stream>[]
            {
                () => new MadeStream(content, end: length), () => new MemoryStream(content),
                () => new MadeStream(content, length, claimed: long.MaxValue), () => InputFile.Open(folder.File("file")),
            })
        {
            using Stream whole = open(), wide = open(), narrow = open();
            Assert.Equal(content, InputFile.TryReadToEnd(whole, length)!.Value.ToArray());
            Assert.Equal(content, InputFile.TryReadToEnd(wide, length + 1000)!.Value.ToArray());
            Assert.True(length == 0 || InputFile.TryReadToEnd(narrow, length - 1) is null);
        }
    }

    [Fact]
    public void An_endless_text_is_refused()
    {
        IOException error = Assert.Throws<IOException>(
            () => InputFile.ReadText(new MadeStream(new byte[9], end: int.MaxValue), "list", 100_000));

        Assert.Equal("list has more than 100000 bytes: is this another file?", error.Message);
    }

    [Fact]
    public async Task Opening_a_fifo_that_nobody_writes_to_ends_when_cancelled()
    {
        string path = Pipe.Make(folder, "silent");
        using CancellationTokenSource source = new();
        Task opening = Task.Run(() => InputFile.Open(path, source.Token));
        await Task.Delay(100);
        Assert.False(opening.IsCompleted);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(patience));

        // Lets the thread go that still waits.
        await Pipe.Write(path, []).WaitAsync(patience);
    }

    [Fact]
    public async Task Reading_a_fifo_whose_writer_is_silent_ends_when_cancelled()
    {
        string path = Pipe.Make(folder, "slow");
        using CancellationTokenSource source = new();
        Task<FileStream> writer = Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, 0));
        using Stream reader = InputFile.Open(path, source.Token);
        await using FileStream silent = await writer.WaitAsync(patience);
        silent.Write([7]);
        Assert.Equal(7, reader.ReadByte());
        Task reading = Task.Run(() => reader.ReadByte());
        await Task.Delay(100);
        Assert.False(reading.IsCompleted);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(patience));
        Assert.ThrowsAny<OperationCanceledException>(() => reader.ReadByte());
    }

    [Fact]
    public void What_a_name_stands_for_is_told_without_opening_it()
    {
        File.WriteAllText(folder.File("file"), "");
        Assert.Equal(FileKind.Regular, FileStatus.Of(folder.File("file")).Kind);
        Assert.Equal(FileKind.Missing, FileStatus.Of(folder.File("missing")).Kind);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux is asked");
        File.CreateSymbolicLink(folder.File("link"), folder.File("file"));
        File.CreateSymbolicLink(folder.File("zero"), "/dev/zero");
        string pipe = Pipe.Make(folder, "fiföß");

        Assert.Equal(FileKind.Regular, FileStatus.Of(folder.File("link")).Kind);
        Assert.Equal(FileKind.Character, FileStatus.Of(folder.File("zero")).Kind);
        Assert.Equal(FileKind.Pipe, FileStatus.Of(pipe).Kind);
        Assert.Equal(FileKind.Character, FileStatus.Of("/dev/null").Kind);
    }

    private static float[] Values(TensorSource source)
    {
        float[] values = new float[source.Tensors[0].ElementCount];
        source.Read(source.Tensors[0], values);
        return values;
    }
}
