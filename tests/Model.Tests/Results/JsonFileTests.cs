using System.Text;
using System.Text.Json;
using SamNative.Model.Tests.Masks;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Results;

/// <summary>The original's list, SA-1B and COCO instances: their very text, round trips, and files that lie.</summary>
public sealed class JsonFileTests
{
    private const string SmallRle = "\"segmentation\":{\"size\":[2,3],\"counts\":\"021O1\"}";

    private const string SmallSa1b = "{\"image\":{\"image_id\":1,\"width\":3,\"height\":2,\"file_name\":\"a.png\"},"
        + "\"annotations\":[{\"id\":1," + SmallRle + ",\"bbox\":[0,0,1,1],\"area\":3,\"predicted_iou\":0.5,"
        + "\"point_coords\":[[0.5,1]],\"crop_box\":[0,0,3,2],\"stability_score\":0.75}]}\n";

    private const string SmallCoco = "{\"images\":[{\"id\":1,\"file_name\":\"a.png\",\"width\":3,\"height\":2}],"
        + "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1," + SmallRle + ",\"area\":3,"
        + "\"bbox\":[0,0,2,2],\"iscrowd\":0,\"predicted_iou\":0.5,\"stability_score\":0.75,\"point_coords\":[[0.5,1]],"
        + "\"crop_box\":[0,0,3,2]}],\"categories\":[{\"id\":1,\"name\":\"object\",\"supercategory\":\"\"}]}\n";

    [Fact]
    public void The_texts_are_those_written_by_hand()
    {
        Assert.Equal(
            "[{" + SmallRle + ",\"area\":3,\"bbox\":[0,0,1,1],\"predicted_iou\":0.5,\"point_coords\":[[0.5,1]],"
            + "\"stability_score\":0.75,\"crop_box\":[0,0,3,2]}]\n",
            Text(stream => RecordFile.Write(RandomResults.Small.Masks, stream)));
        Assert.Equal(SmallSa1b, Text(stream => Sa1bFile.Write(RandomResults.Small, stream)));
        Assert.Equal(SmallCoco, Text(stream => CocoFile.Write([RandomResults.Small], stream)));
    }

    [Fact]
    public void Run_lengths_area_and_box_are_those_of_pycocotools()
    {
        for (int i = 0; i < 6; i++)
        {
            JsonElement expected = MaskUtilsReference.Values(i);
            int[] size = MaskUtilsReference.Integers(expected.GetProperty("size"));
            MaskRle rle = MaskRle.FromCounts(
                MaskUtilsReference.Integers(expected.GetProperty("rle")), new ImageSize(size[0], size[1]));
            AutomaticMask mask = RandomResults.Small.Masks[0] with { Segmentation = rle, Bounds = rle.Bounds };

            string text = Text(stream => CocoFile.Write([new PictureMasks("m", rle.Size, [mask])], stream));

            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement written = document.RootElement.GetProperty("annotations")[0];
            Assert.Equal(
                expected.GetProperty("coco_rle").GetString(),
                written.GetProperty("segmentation").GetProperty("counts").GetString());
            Assert.Equal(expected.GetProperty("area").GetInt32(), written.GetProperty("area").GetInt32());
            int[] corners = MaskUtilsReference.Integers(expected.GetProperty("box"));
            int more = rle.Area == 0 ? 0 : 1;
            Assert.Equal(
                [corners[0], corners[1], corners[2] - corners[0] + more, corners[3] - corners[1] + more],
                MaskUtilsReference.Integers(written.GetProperty("bbox")));
        }
    }

    [Fact]
    public void Records_come_back() => RandomResults.All(picture => RandomResults.Same(
        picture.Masks, RecordFile.Read(Bytes(stream => RecordFile.Write(picture.Masks, stream)))));

    [Fact]
    public void Sa1b_files_come_back() => RandomResults.All(picture => RandomResults.Same(
        picture, Sa1bFile.Read(Bytes(stream => Sa1bFile.Write(picture, stream)))));

    [Fact]
    public void Coco_files_of_several_pictures_come_back() => RandomResults.All(picture =>
    {
        PictureMasks second = RandomResults.Make(new Random((int)picture.Id)) with { Id = picture.Id + 1 };
        IReadOnlyList<PictureMasks> read = CocoFile.Read(
            Bytes(stream => CocoFile.Write([picture, second], stream)));
        return read.Count == 2 && RandomResults.Same(picture, read[0]) && RandomResults.Same(second, read[1]);
    });

    [Fact]
    public void Boxes_with_a_point_are_read_as_the_original_writes_them_after_an_empty_crop()
    {
        string text = SmallSa1b.Replace("\"crop_box\":[0,0,3,2]", "\"crop_box\":[0.0,0.0,3.0,2.0]", StringComparison.Ordinal);

        Assert.True(RandomResults.Same(RandomResults.Small, Sa1bFile.Read(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void What_other_programs_and_editors_make_of_a_file_is_read()
    {
        string[] texts =
        [
            SmallSa1b.Replace("\"area\":3", "\"area\":3.0", StringComparison.Ordinal),
            SmallSa1b.Replace("\"size\":[2,3]", "\"size\":[2.0,3e0]", StringComparison.Ordinal),
            SmallSa1b.Replace("\"width\":3", "\"width\":0.3e1", StringComparison.Ordinal),
            SmallSa1b.Replace("\"id\":1", "\"id\":1.0", StringComparison.Ordinal),
            $"\uFEFF{SmallSa1b}", SmallSa1b.Replace("\n", "\r\n", StringComparison.Ordinal).Replace(",", ",\r", StringComparison.Ordinal),
        ];
        foreach (string text in texts)
        {
            Assert.True(RandomResults.Same(RandomResults.Small, Sa1bFile.Read(Encoding.UTF8.GetBytes(text))), text);
        }

        byte[] utf16 = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(SmallCoco)];
        Assert.True(RandomResults.Same(RandomResults.Small with { Id = 1 }, CocoFile.Read(utf16)[0]));
    }

    [Theory]
    [InlineData("\"area\":3", "\"area\":3.5", MaskFormatError.BadStructure, "annotations[0].area")]
    [InlineData("[2,3]", "[2.5,3]", MaskFormatError.BadStructure, "annotations[0].segmentation.size")]
    [InlineData("", "", MaskFormatError.BadSyntax, "JSON")]
    [InlineData("}]}\n", "}]", MaskFormatError.BadSyntax, "JSON")]
    [InlineData("\"area\":3", "\"area\":3,\"more\":1", MaskFormatError.BadStructure, "annotations[0].more")]
    [InlineData("\"area\":3", "\"area\":3,\"area\":3", MaskFormatError.BadStructure, "annotations[0]")]
    [InlineData("\"area\":3,", "", MaskFormatError.BadStructure, "annotations[0]")]
    [InlineData("\"area\":3", "\"area\":\"3\"", MaskFormatError.BadStructure, "annotations[0].area")]
    [InlineData("\"area\":3", "\"area\":99999999999", MaskFormatError.BadStructure, "annotations[0].area")]
    [InlineData("\"a.png\"", "null", MaskFormatError.BadStructure, "image.file_name")]
    [InlineData("[{\"id\"", "[null,{\"id\"", MaskFormatError.BadStructure, "annotations[0]")]
    [InlineData("\"area\":3", "\"area\":4", MaskFormatError.Contradiction, "annotations[0].area")]
    [InlineData("[0,0,1,1]", "[0,0,2,2]", MaskFormatError.Contradiction, "annotations[0].bbox")]
    [InlineData("[0,0,1,1]", "[0,0,1]", MaskFormatError.BadValue, "annotations[0].bbox")]
    [InlineData("[0,0,1,1]", "[0,0,1.5,1]", MaskFormatError.BadValue, "annotations[0].bbox")]
    [InlineData("[0,0,3,2]", "[0,0,3e99,2]", MaskFormatError.BadValue, "annotations[0].crop_box")]
    [InlineData("[[0.5,1]]", "[null]", MaskFormatError.BadValue, "annotations[0].point_coords")]
    [InlineData("[[0.5,1]]", "[[0.5,1],[1,1]]", MaskFormatError.BadValue, "annotations[0].point_coords")]
    [InlineData("\"predicted_iou\":0.5", "\"predicted_iou\":1e999", MaskFormatError.BadValue, "predicted_iou")]
    [InlineData("[2,3]", "[2]", MaskFormatError.BadValue, "annotations[0].segmentation.size")]
    [InlineData("[2,3]", "[0,3]", MaskFormatError.BadValue, "0 pixels")]
    [InlineData("[2,3]", "[99999,99999]", MaskFormatError.BeyondLimits, "MaxPixels")]
    [InlineData("[2,3]", "[3,2]", MaskFormatError.Contradiction, "annotations[0]")]
    [InlineData("021O1", "021O", MaskFormatError.TooFewPixels, "annotations[0].segmentation.counts")]
    [InlineData("021O1", "021\u2603", MaskFormatError.BadCharacter, "annotations[0].segmentation.counts")]
    public void Files_that_lie_are_refused_with_code_and_place(
        string part, string instead, MaskFormatError code, string place)
    {
        string text = part.Length == 0 ? instead : SmallSa1b.Replace(part, instead, StringComparison.Ordinal);

        MaskFormatException error = Assert.Throws<MaskFormatException>(
            () => Sa1bFile.Read(Encoding.UTF8.GetBytes(text), "lies.json"));

        Assert.Equal(code, error.Code);
        Assert.Equal("lies.json", error.FileName);
        Assert.StartsWith("lies.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.All(error.Message, character => Assert.InRange(character, ' ', '~'));
    }

    [Theory]
    [InlineData("\"image_id\":1", "\"image_id\":2", "annotations[0].image_id")]
    [InlineData("\"category_id\":1", "\"category_id\":2", "annotations[0].category_id")]
    [InlineData("\"images\":[", "\"images\":[{\"id\":1,\"file_name\":\"b\",\"width\":3,\"height\":2},", "images[1]")]
    [InlineData("\"width\":3", "\"width\":4", "annotations[0]")]
    public void Coco_files_that_contradict_themselves_are_refused(string part, string instead, string place)
    {
        byte[] content = Encoding.UTF8.GetBytes(SmallCoco.Replace(part, instead, StringComparison.Ordinal));

        MaskFormatException error = Assert.Throws<MaskFormatException>(() => CocoFile.Read(content));

        Assert.Equal(MaskFormatError.Contradiction, error.Code);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_byte_of_an_error_is_counted_from_the_start_of_the_file()
    {
        string text = "[\n\n  {\"area\": true}]";

        MaskFormatException error = Assert.Throws<MaskFormatException>(
            () => RecordFile.Read(Encoding.UTF8.GetBytes(text)));

        Assert.InRange(error.Position, text.IndexOf("true", StringComparison.Ordinal), text.IndexOf('}', StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_from_a_file_cannot_forge_a_line()
    {
        string text = SmallSa1b.Replace("\"area\":3", "\"area\":3,\"\\n\\u001b[2J\":1", StringComparison.Ordinal);

        MaskFormatException error = Assert.Throws<MaskFormatException>(
            () => Sa1bFile.Read(Encoding.UTF8.GetBytes(text)));

        Assert.All(error.Message, character => Assert.InRange(character, ' ', '~'));
    }

    [Fact]
    public void Limits_hold()
    {
        byte[] content = Encoding.UTF8.GetBytes(SmallSa1b);

        MaskFormatError Code(MaskFileLimits limits) =>
            Assert.Throws<MaskFormatException>(() => Sa1bFile.Read(content, "f", limits)).Code;

        Assert.Equal(MaskFormatError.BeyondLimits, Code(new MaskFileLimits { MaxFileBytes = content.Length - 1 }));
        Assert.Equal(MaskFormatError.BeyondLimits, Code(new MaskFileLimits { MaxPixels = 5 }));
        Assert.NotNull(Sa1bFile.Read(
            content, "f", new MaskFileLimits { MaxFileBytes = content.Length, MaxPixels = 6, MaxMasks = 1 }));
        PictureMasks two = RandomResults.Small with { Masks = [.. RandomResults.Small.Masks, .. RandomResults.Small.Masks] };
        byte[] both = Bytes(stream => Sa1bFile.Write(two, stream));
        Assert.Equal(
            MaskFormatError.BeyondLimits,
            Assert.Throws<MaskFormatException>(() => Sa1bFile.Read(both, "f", new MaskFileLimits { MaxMasks = 1 })).Code);
    }

    [Fact]
    public void Masks_are_written_while_they_are_made()
    {
        Random random = new(5);
        MaskRle rle = MaskRle.FromMask(RandomMasks.Make(130, 130, random));
        AutomaticMask mask = RandomResults.Small.Masks[0] with { Segmentation = rle, Bounds = rle.Bounds };
        using WrittenPieces pieces = new();

        RecordFile.Write([.. Enumerable.Repeat(mask, 10_000)], pieces);

        Assert.True(pieces.Total > 1 << 20, $"{pieces.Total} bytes");
        Assert.True(pieces.Largest < 1 << 17, $"a piece of {pieces.Largest} bytes");
    }

    [Fact]
    public void Two_pictures_of_one_number_are_not_written() =>
        Assert.Throws<ArgumentException>(
            () => CocoFile.Write([RandomResults.Small, RandomResults.Small], Stream.Null));

    [Fact]
    public void Damaged_files_give_masks_or_the_one_exception()
    {
        byte[][] seeds = [Encoding.UTF8.GetBytes(SmallSa1b), Encoding.UTF8.GetBytes(SmallCoco)];
        Random random = new(20261126);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] content = Damage.Bytes(seeds[i % 2], random);
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan start = ProcessorTime.OfThread;
            try
            {
                _ = i % 2 == 0 ? Sa1bFile.Read(content).Masks.Count : CocoFile.Read(content).Count;
            }
            catch (MaskFormatException error)
            {
                Assert.All(error.Message, character => Assert.InRange(character, ' ', '~'));
                refused++;
            }

            Assert.True(ProcessorTime.OfThread - start < TimeSpan.FromSeconds(2), Encoding.UTF8.GetString(content));
            Assert.True(
                GC.GetAllocatedBytesForCurrentThread() - bytes < 1 << 21, Encoding.UTF8.GetString(content));
        }

        Assert.InRange(refused, 10_000, 20_000);
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        Assert.True(stream.CanWrite, "the stream is open");
        return stream.ToArray();
    }

    private static string Text(Action<Stream> write) => Encoding.UTF8.GetString(Bytes(write));
}
