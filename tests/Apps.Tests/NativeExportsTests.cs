using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SamNative.Native;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>
/// The functions of the C library, called in this process through the pointers that C has, with everything they cannot
/// want. An exception that one of them let out would end the process.
/// </summary>
public sealed unsafe partial class NativeExportsTests : IDisposable
{
    private const int Width = 40, Height = 30, Channels = 3;
    private const byte Untouched = 0xA5;

    private static readonly delegate* unmanaged[Cdecl]<byte*, int, nint*, int> load = &Exports.Load;
    private static readonly delegate* unmanaged[Cdecl]<nint, byte*, int, int, int, int, nint*, int> encode = &Exports.Encode;
    private static readonly delegate* unmanaged[Cdecl]<nint, NativePoint*, int, SamBox*, int, byte*, float*, int> predict =
        &Exports.Predict;

    private static readonly delegate* unmanaged[Cdecl]<nint, int> freeModel = &Exports.FreeModel;
    private static readonly delegate* unmanaged[Cdecl]<nint, int> freePicture = &Exports.FreePicture;
    private static readonly delegate* unmanaged[Cdecl]<byte*, nuint, nuint> lastError = &Exports.LastError;

    private static readonly int[] sizes = [int.MinValue, -1, 0, 1, Width, Height, Width * Channels, int.MaxValue];
    private static readonly double[] places =
        [double.NaN, double.NegativeInfinity, double.PositiveInfinity, double.MinValue, -1, 0, 1e-300, 20, 1e300];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>ä, 日 and 😀 have two, three and four bytes, and half a pair is written as what replaces it.</summary>
    [Theory]
    [InlineData("there is no such file")]
    [InlineData("ä日😀😀日ä")]
    [InlineData("😀")]
    public void A_sentence_fits_into_any_buffer_and_is_cut_at_a_character(string name)
    {
        Assert.Equal(Status.Io, Load(folder.File(name)));
        nuint whole = lastError(null, 0);
        byte[] full = new byte[whole];
        fixed (byte* start = full)
        {
            Assert.Equal(whole, lastError(start, whole));
        }

        string sentence = Strict(full.AsSpan(..^1));
        Assert.Contains(name, sentence, StringComparison.Ordinal);
        for (int capacity = 0; capacity < full.Length + 3; capacity++)
        {
            byte[] buffer = [.. Enumerable.Repeat(Untouched, full.Length + 8)];
            fixed (byte* start = buffer)
            {
                Assert.Equal(whole, lastError(start, (nuint)capacity));
            }

            int end = capacity == 0 ? 0 : Array.IndexOf(buffer, (byte)0) + 1;
            Assert.InRange(end, Math.Min(capacity, 1), capacity);
            Assert.True(end > capacity - 4 || end == full.Length);
            Assert.StartsWith(end == 0 ? "" : Strict(buffer.AsSpan(..(end - 1))), sentence, StringComparison.Ordinal);
            Assert.All(buffer[end..], value => Assert.Equal(Untouched, value));
        }

        byte[] large = new byte[full.Length];
        fixed (byte* start = large)
        {
            Assert.Equal(whole, lastError(start, nuint.MaxValue));
            Assert.Equal(whole, lastError(null, nuint.MaxValue));
        }

        Assert.Equal(full, large);

        static string Strict(ReadOnlySpan<byte> utf8) => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
    }

    [Fact]
    public void Half_a_character_in_a_sentence_is_replaced()
    {
        Guard.Fail(new IOException("a\uD83Db"));
        byte[] buffer = new byte[8];

        fixed (byte* start = buffer)
        {
            Assert.Equal(6u, lastError(start, 8));
        }

        Assert.Equal("a\uFFFDb\0\0\0", Encoding.UTF8.GetString(buffer));
    }

    [Fact]
    public void Each_family_of_exceptions_has_a_status_of_its_own()
    {
        string good = TestFiles.WriteTinyModel(folder);
        byte[] weights = File.ReadAllBytes(good);
        File.WriteAllBytes(folder.File("cut.safetensors"), weights[..^1]);
        File.WriteAllBytes(folder.File("cut.pth"), [0x80, 2, .. "}q\0."u8]);
        File.WriteAllBytes(folder.File("other.safetensors"), [2, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8]);

        Assert.Equal(Status.Io, Load(folder.File("no such file")));
        Assert.Equal(Status.Io, Load(folder.File("")));
        Assert.Equal(Status.BadSafetensors, Load(folder.File("cut.safetensors")));
        Assert.Equal(Status.BadPyTorch, Load(folder.File("cut.pth")));
        Assert.Equal(Status.BadCheckpoint, Load(folder.File("other.safetensors")));
        Assert.Equal(Status.InvalidArgument, Load(good, threads: -1));
        Assert.Equal(Status.InvalidArgument, Load(good, threads: SamOptions.MaxThreads + 1));
        Assert.Equal(Status.NotFinite, (Status)Guard.Fail(Overflow(good)));
        Assert.Equal(Status.InvalidHandle, (Status)freeModel(3));
        foreach ((Exception error, Status expected) in new (Exception, Status)[]
            {
                (new UnauthorizedAccessException(), Status.AccessDenied),
                (new NotSupportedException(), Status.Unsupported),
                (new InsufficientMemoryException(), Status.OutOfMemory),
                (new InvalidOperationException(), Status.InUse),
                (new ObjectDisposedException("model"), Status.InvalidHandle),
                (new FormatException(), Status.Internal),
            })
        {
            Assert.Equal(expected, (Status)Guard.Fail(error));
        }
    }

    /// <summary>What an encode ends with whose arithmetic overflows.</summary>
    private static NonFiniteException Overflow(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using SamModel model = SamModel.Load((ReadOnlyMemory<byte>)OverflowingModel.Of(file, OverflowingModel.Embedding));
        return Assert.Throws<NonFiniteException>(() => model.Encode(new ImageView(new byte[64], 8, 8, 8, PixelFormat.Gray)));
    }

    /// <summary>What a file can be refused with is never called a mistake of ours.</summary>
    [Fact]
    public void Every_exception_of_the_readers_is_known()
    {
        Type[] families =
            [.. typeof(CheckpointException).Assembly.GetExportedTypes().Where(type => type.IsAssignableTo(typeof(Exception)))];

        Assert.Equal(3, families.Length);
        Status[] found = [.. families.Select(type => (Status)Guard.Fail(
            (Exception)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type)))];
        Assert.Equal(families.Length, found.Distinct().Count());
        Assert.DoesNotContain(Status.Internal, found);
    }

    [Fact]
    public void The_header_has_the_numbers_of_the_library()
    {
        string header = File.ReadAllText(Path.Combine(ReferenceData.Root, "src/Native/samnative.h"));
        Dictionary<string, int> written = StatusLine().Matches(header[..header.IndexOf("samnative_format;", StringComparison.Ordinal)])
            .ToDictionary(
                match => match.Groups["name"].Value.Replace("_", "", StringComparison.Ordinal),
                match => int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture));

        Assert.Equal(
            Enum.GetValues<Status>().ToDictionary(status => status.ToString().ToUpperInvariant(), status => (int)status),
            written);
    }

    [Fact]
    public void Nothing_that_a_caller_gives_gets_an_exception_out()
    {
        nint model = 0, picture = 0, none = 0;
        Assert.Equal(Status.Ok, Load(TestFiles.WriteTinyModel(folder), 1, &model));
        byte[] pixels = new byte[Width * Height * Channels], masks = new byte[3 * Width * Height];
        float[] scores = new float[3];
        fixed (byte* image = pixels, drawn = masks)
        fixed (float* score = scores)
        {
            Assert.Equal(Status.InvalidArgument, (Status)load(null, 0, &none));
            Assert.Equal(Status.InvalidArgument, (Status)load(image, 0, null));
            foreach (nint handle in Handles(model))
            {
                foreach (int width in sizes)
                {
                    foreach (int height in sizes)
                    {
                        foreach (int stride in sizes.Append(Width * 4))
                        {
                            // What is in the buffer is the caller's word: only sizes that are too large to be true are tried.
                            bool isHuge = (long)height * stride > pixels.Length && (long)height * stride <= int.MaxValue;
                            foreach (int format in isHuge ? Array.Empty<int>() : [-1, 0, 4, 5, int.MaxValue])
                            {
                                Try(encode(handle, image, width, height, stride, format, &none), ref none);
                            }
                        }
                    }
                }

                Try(encode(handle, null, Width, Height, Width * Channels, 0, &none), ref none);
                Try(encode(handle, image, Width, Height, Width * Channels, 0, null), ref none);
            }

            Assert.Equal(Status.Ok, (Status)encode(model, image, Width, Height, Width * Channels, 0, &picture));
            foreach (nint handle in Handles(picture))
            {
                foreach (int count in sizes)
                {
                    Try(predict(handle, null, count, null, 1, drawn, score), ref none);
                }

                foreach (double x in places)
                {
                    NativePoint point = new(x, -x, (int)Math.Clamp(x, -9, 9), -1);
                    SamBox box = new(x, 1, 20, x);
                    Try(predict(handle, &point, 1, null, -1, drawn, score), ref none);
                    Try(predict(handle, &point, int.MaxValue, &box, 1, drawn, score), ref none);
                    Try(predict(handle, null, 0, &box, int.MinValue, drawn, score), ref none);
                    Try(predict(handle, &point, 1, &box, 0, null, score), ref none);
                    Try(predict(handle, &point, 1, &box, 0, drawn, null), ref none);
                }
            }

            NativePoint middle = new(20, 15, 1, 0);
            Assert.Equal(Status.Ok, (Status)predict(picture, &middle, 1, null, 1, drawn, score));
            Assert.Equal(Status.Ok, (Status)freeModel(model));
            Assert.Equal(Status.InvalidHandle, (Status)freeModel(model));
            Assert.Equal(Status.InvalidHandle, (Status)encode(model, image, Width, Height, Width * Channels, 0, &none));
            Assert.Equal(Status.InvalidHandle, (Status)predict(picture, &middle, 1, null, 1, drawn, score));
            Assert.Equal(Status.Ok, (Status)freePicture(picture));
            Assert.Equal(Status.InvalidHandle, (Status)freePicture(picture));
            Assert.Equal(Status.InvalidHandle, (Status)predict(picture, &middle, 1, null, 1, drawn, score));
            Assert.Equal((Status.Ok, Status.Ok), ((Status)freeModel(0), (Status)freePicture(0)));
        }

        // The other kind, none, and what only looks like a handle.
        static nint[] Handles(nint right) => [right, 0, 1, -1, right + 1, nint.MinValue, nint.MaxValue];

        static void Try(int status, ref nint made)
        {
            Assert.NotEqual(Status.Internal, (Status)status);
            freePicture(made);
            made = 0;
        }
    }

    [Fact]
    public void What_others_free_meanwhile_is_refused_or_answered()
    {
        string path = TestFiles.WriteTinyModel(folder);
        for (int round = 0; round < 20; round++)
        {
            (nint model, nint picture) = Make(path);
            Parallel.Invoke(
                () => Use(model, picture), () => Use(model, picture), () => Use(model, picture),
                () => Assert.True((Status)freePicture(picture) is Status.Ok or Status.InvalidHandle),
                () => Assert.True((Status)freePicture(picture) is Status.Ok or Status.InvalidHandle),
                () => Assert.True((Status)freeModel(model) is Status.Ok or Status.InvalidHandle));
            Assert.Equal(Status.InvalidHandle, (Status)freePicture(picture));
            Assert.Equal(Status.InvalidHandle, (Status)freeModel(model));
        }

        static (nint Model, nint Picture) Make(string path)
        {
            nint model = 0, picture = 0;
            Assert.Equal(Status.Ok, Load(path, 2, &model));
            fixed (byte* image = new byte[Width * Height * Channels])
            {
                Assert.Equal(Status.Ok, (Status)encode(model, image, Width, Height, Width * Channels, 0, &picture));
            }

            return (model, picture);
        }

        static void Use(nint model, nint picture)
        {
            NativePoint middle = new(20, 15, 1, 0);
            fixed (byte* masks = new byte[3 * Width * Height])
            fixed (float* scores = new float[3])
            {
                for (int i = 0; i < 3; i++)
                {
                    nint other = 0;
                    Status answered = (Status)predict(picture, &middle, 1, null, 1, masks, scores);
                    Status encoded = (Status)encode(model, masks, Width, Height, Width * Channels, 0, &other);
                    Assert.True(answered is Status.Ok or Status.InvalidHandle, $"{answered}");
                    Assert.True(encoded is Status.Ok or Status.InvalidHandle, $"{encoded}");
                    Assert.Equal(Status.Ok, (Status)freePicture(other));
                }
            }
        }
    }

    private static Status Load(string path, int threads = 0)
    {
        nint model = 0;
        Status status = Load(path, threads, &model);
        Assert.Equal(0, model);
        return status;
    }

    private static Status Load(string path, int threads, nint* model)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return (Status)load(name, threads, model);
        }
    }

    [GeneratedRegex(
        @"SAMNATIVE_(?<name>[A-Z_]+) = (?<number>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StatusLine();
}
