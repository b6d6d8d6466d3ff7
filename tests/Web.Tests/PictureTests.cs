using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>Uploads: what is taken, what is refused, what is kept, and what is forgotten.</summary>
public sealed class PictureTests
{
    [Fact]
    public async Task A_picture_gets_an_id_of_its_own_and_its_size()
    {
        await using Site site = await Site.Open();

        using HttpResponseMessage response = await site.Send(TestFiles.SmallPlayground);

        JsonElement picture = await Site.Json(response);
        Assert.Matches("^[A-Za-z0-9_-]{22}$", picture.GetProperty("id").GetString());
        Assert.Equal((180, 120), (picture.GetProperty("width").GetInt32(), picture.GetProperty("height").GetInt32()));
    }

    /// <summary>Who has the file of a picture must not come by what others made of it.</summary>
    [Fact]
    public async Task The_same_picture_gets_another_id_each_time_and_is_kept_once()
    {
        await using Site site = await Site.Open();
        string first = await site.Upload(TestFiles.Tree);
        long bytes = site.Segmenter.KeptBytes;
        string second = await site.Upload(TestFiles.Tree);

        Assert.NotEqual(first, second);
        Assert.Equal(bytes, site.Segmenter.KeptBytes);
        JsonElement[] answers =
        [
            await site.Ask("predict", $$"""{"id":"{{first}}","points":[[30,40]]}"""),
            await site.Ask("predict", $$"""{"id":"{{second}}","points":[[30,40]]}"""),
        ];
        Assert.Equal([first, second], answers.Select(answer => answer.GetProperty("id").GetString()));
        Assert.Equal(answers[0].GetProperty("masks").GetRawText(), answers[1].GetProperty("masks").GetRawText());
        using HttpResponseMessage guess = await site.Post(
            "predict", $$"""{"id":"{{Convert.ToHexStringLower(SHA256.HashData(TestFiles.Tree))}}","points":[[30,40]]}""");
        await Problem.Expect(guess, HttpStatusCode.NotFound, "unknown_picture", "Upload it again");
    }

    [Fact]
    public async Task A_picture_is_taken_whatever_it_is_called()
    {
        await using Site site = await Site.Open();
        foreach (string type in new[] { "image/png", "application/x-www-form-urlencoded", "text/plain" })
        {
            using ByteArrayContent content = new(TestFiles.Tree) { Headers = { ContentType = new(type) } };
            using HttpResponseMessage response = await site.Client.PostAsync(new Uri("pictures", UriKind.Relative), content);
            await Site.Json(response);
        }
    }

    [Fact]
    public async Task A_client_that_wants_events_is_told_of_the_progress()
    {
        await using Site site = await Site.Open();

        using HttpResponseMessage response = await site.Send(TestFiles.Playground, "text/event-stream");

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        int[] done = [.. events[..^1].Select(item => Data(item, "progress").GetProperty("done").GetInt32())];
        Assert.NotEmpty(done);
        Assert.Equal(done.Order(), done);
        JsonElement picture = Data(events[^1], "done");
        Assert.Equal(960, picture.GetProperty("width").GetInt32());
    }

    [Fact]
    public async Task A_picture_that_is_there_is_not_encoded_again()
    {
        await using Site site = await Site.Open();
        await site.Upload(TestFiles.Playground);

        using HttpResponseMessage response = await site.Send(TestFiles.Playground, "text/event-stream");

        string answer = await response.Content.ReadAsStringAsync();
        Assert.StartsWith("event: done\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_whole_picture_is_refused()
    {
        await using Site site = await Site.Open();
        foreach ((byte[] file, string code, string saying) in new[]
            {
                ("no picture at all"u8.ToArray(), "bad_picture", "this is not a PNG"),
                (TestFiles.Playground[..3000], "bad_picture", "the file ends before the picture does"),
                ([], "bad_request", "has no body"),
            })
        {
            foreach (string? accept in new[] { null, "text/event-stream" })
            {
                using HttpResponseMessage response = await site.Send(file, accept);
                await Problem.Expect(response, HttpStatusCode.BadRequest, code, saying);
            }
        }

        Assert.Equal(0, site.Segmenter.KeptBytes);
    }

    [Theory]
    [InlineData("exif6.png")]
    [InlineData("exif6.webp")]
    public async Task A_picture_is_taken_upright_and_its_answer_says_how_it_was_turned(string name)
    {
        await using Site site = await Site.Open();

        using HttpResponseMessage response = await site.Send(await File.ReadAllBytesAsync(ReferenceData.Find(name)));

        JsonElement picture = await Site.Json(response);
        Assert.Equal(
            (960, 640, 6),
            (picture.GetProperty("width").GetInt32(), picture.GetProperty("height").GetInt32(),
                picture.GetProperty("orientation").GetInt32()));
        Assert.Empty(picture.GetProperty("notes").EnumerateArray());
        JsonElement answer = await site.Ask(
            "predict", $$"""{"id":"{{picture.GetProperty("id").GetString()}}","points":[[830,105]]}""");
        JsonElement best = answer.GetProperty("masks")[answer.GetProperty("best").GetInt32()];
        Assert.Equal("[770,48,116,115]", best.GetProperty("bbox").GetRawText());
    }

    [Fact]
    public async Task What_is_odd_about_a_picture_is_in_its_answer()
    {
        await using Site site = await Site.Open();
        byte[] file = await File.ReadAllBytesAsync(ReferenceData.Find("noeoi.jpg"));

        foreach (int time in new[] { 1, 2 })
        {
            using HttpResponseMessage response = await site.Send(file);
            JsonElement note = Assert.Single((await Site.Json(response)).GetProperty("notes").EnumerateArray());
            Assert.Contains("the mark at the end", note.GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_too_large_is_refused_before_it_is_decoded()
    {
        SamNativeWebOptions options = new() { Limits = new ImageLimits { MaxFileBytes = 20_000, MaxDecodedBytes = 1 << 20 } };
        await using Site site = await Site.Open(options);
        byte[] large = new byte[20_001];

        using HttpResponseMessage bytes = await site.Send(large);
        await Problem.Expect(bytes, HttpStatusCode.RequestEntityTooLarge, "too_large", "20000 bytes");
        using HttpRequestMessage unsized = new(HttpMethod.Post, "pictures") { Content = new StreamContent(new Unsized(large)) };
        using HttpResponseMessage chunked = await site.Client.SendAsync(unsized);
        await Problem.Expect(chunked, HttpStatusCode.RequestEntityTooLarge, "too_large", "20000 bytes");
        using HttpResponseMessage pixels = await site.Send(HugePng());
        await Problem.Expect(
            pixels, HttpStatusCode.RequestEntityTooLarge, "picture_too_large", "than any picture may take. Make it smaller.");
    }

    [Fact]
    public async Task The_pictures_that_were_not_used_for_longest_are_forgotten()
    {
        long one = TestFiles.Demo.Encode(ImageFile.Load(TestFiles.Tree).View).Tensor.FlattenedLength * sizeof(float);
        long two = (2 * one) + TestFiles.Playground.Length + TestFiles.SmallPlayground.Length;
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxKeptBytes = two });
        string first = await site.Upload(TestFiles.Playground);
        string second = await site.Upload(TestFiles.SmallPlayground);
        Assert.Equal(two, site.Segmenter.KeptBytes);

        await site.Ask("predict", $$"""{"id":"{{first}}","points":[[5,5]]}""");
        string third = await site.Upload(TestFiles.Tree);

        Assert.InRange(site.Segmenter.KeptBytes, 1, two);
        await site.Ask("predict", $$"""{"id":"{{first}}","points":[[5,5]]}""");
        await site.Ask("predict", $$"""{"id":"{{third}}","points":[[5,5]]}""");
        using HttpResponseMessage gone = await site.Post("predict", $$"""{"id":"{{second}}","points":[[5,5]]}""");
        await Problem.Expect(gone, HttpStatusCode.NotFound, "unknown_picture", "Upload it again");
    }

    [Fact]
    public async Task An_encode_ends_when_its_client_leaves()
    {
        using SamModel slow = SamModel.Load(new SyntheticCheckpoint(TestFiles.SlowConfig));
        await using Site site = await Site.Open(model: slow);
        using CancellationTokenSource leaving = new();
        using (HttpResponseMessage response = await site.Send(TestFiles.Playground, "text/event-stream", leaving.Token))
        {
            using StreamReader reader = new(await response.Content.ReadAsStreamAsync(leaving.Token));
            Assert.Equal("event: progress", await reader.ReadLineAsync(leaving.Token));
            await leaving.CancelAsync();
        }

        // The lane is free again as soon as the encode has ended; it would take seconds to its own end.
        using WorkLane.Place place = site.Segmenter.Encodes.Enter(IPAddress.Loopback);
        Assert.True(await place.Do(() => true, TestContext.Current.CancellationToken));
        Assert.Equal(0, site.Segmenter.KeptBytes);
    }

    private static JsonElement Data(string item, string name)
    {
        string[] lines = item.Split('\n');
        Assert.Equal($"event: {name}", lines[0]);
        Assert.StartsWith("data: ", lines[1], StringComparison.Ordinal);
        return JsonElement.Parse(lines[1]["data: ".Length..]);
    }

    /// <summary>A small picture whose header claims 60,000 x 60,000 pixels.</summary>
    private static byte[] HugePng()
    {
        byte[] png = [.. TestFiles.Tree];
        new byte[] { 0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60 }.CopyTo(png, 16);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Checksum.Crc32(png.AsSpan(12, 17)));
        return png;
    }

    /// <summary>A stream that does not tell its length, so that it is sent in chunks.</summary>
    private sealed class Unsized(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
