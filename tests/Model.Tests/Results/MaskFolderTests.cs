using System.Text.Json;
using SamNative.Model.Tests.Masks;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Results;

/// <summary>The folder of the original's amg.py: its very text, round trips, what is refused, what is left behind.</summary>
public sealed class MaskFolderTests : IDisposable
{
    private const string Header = "id,area,bbox_x0,bbox_y0,bbox_w,bbox_h,point_input_x,point_input_y,predicted_iou,"
        + "stability_score,crop_box_x0,crop_box_y0,crop_box_w,crop_box_h";

    private readonly TemporaryFolder folder = new();

    private string Masks => folder.File("masks");

    private string Metadata => Path.Combine(Masks, "metadata.csv");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_rows_are_those_that_python_writes()
    {
        JsonElement runs = MaskUtilsReference.Json("demo.playground.amg.json").GetProperty("runs");
        JsonElement[] records = [.. runs.GetProperty("loose").GetProperty("records").EnumerateArray()];
        MaskFolder.Write(Masks, false, [.. records.Select(FromJson)]);

        // The reference is JSON that Python wrote: its numbers are what str gives.
        string[] expected = [Header, .. records.Select((record, i) => string.Join(
            ',',
            [
                $"{i}", Raw(record, "area"), .. RawItems(record.GetProperty("bbox")),
                .. RawItems(record.GetProperty("point_coords")[0]), Raw(record, "predicted_iou"),
                Raw(record, "stability_score"), .. RawItems(record.GetProperty("crop_box")),
            ]))];
        Assert.Equal(string.Join('\n', expected), File.ReadAllText(Metadata));
        Assert.Equal(records.Length + 1, Directory.GetFiles(Masks).Length);
        Assert.True(RandomResults.Same([.. records.Select(FromJson)], MaskFolder.Read(Masks)));
    }

    [Theory]
    [InlineData("\uFEFF", "\n")]
    [InlineData("\uFEFF", "\r\n")]
    [InlineData("", "\r")]
    public void A_table_that_another_program_saved_is_read(string mark, string lineEnd)
    {
        AutomaticMask mask = RandomResults.Small.Masks[0];
        MaskFolder.Write(Masks, false, [mask, mask]);
        string table = File.ReadAllText(Metadata).Replace("\n", lineEnd, StringComparison.Ordinal);
        File.WriteAllText(Metadata, $"{mark}{table}{lineEnd}");

        Assert.True(RandomResults.Same([mask, mask], MaskFolder.Read(Masks)));
        string second = $"{lineEnd}1,";
        File.WriteAllText(Metadata, table.Replace(second, $"{lineEnd}2,", StringComparison.Ordinal));
        MaskFormatException error = Assert.Throws<MaskFormatException>(() => MaskFolder.Read(Masks));
        int row = table.IndexOf(second, StringComparison.Ordinal) + lineEnd.Length;
        Assert.Contains($"byte {row}, row 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Small_and_missing_numbers_are_written_as_in_python()
    {
        AutomaticMask mask = RandomResults.Small.Masks[0] with
        {
            PredictedIou = 1e-5f,
            StabilityScore = float.NaN,
            Point = new SamPoint(0.0001, 12),
        };
        MaskFolder.Write(Masks, false, [mask]);

        Assert.Equal(
            $"{Header}\n0,3,0,0,1,1,0.0001,12.0,9.999999747378752e-06,nan,0,0,3,2", File.ReadAllText(Metadata));
        Assert.True(RandomResults.Same([mask], MaskFolder.Read(Masks)));
    }

    [Fact]
    public void Folders_come_back() => RandomResults.All(
        picture =>
        {
            MaskFolder.Write(Masks, true, picture.Masks);
            return RandomResults.Same(picture.Masks, MaskFolder.Read(Masks));
        },
        count: 40);

    [Fact]
    public void A_folder_is_replaced_whole_and_only_where_allowed()
    {
        IReadOnlyList<AutomaticMask> one = RandomResults.Small.Masks;
        MaskFolder.Write(Masks, false, [.. one, .. one]);

        Assert.Throws<IOException>(() => MaskFolder.Write(Masks, false, one));
        Assert.Equal(2, MaskFolder.Read(Masks).Count);
        MaskFolder.Write(Masks, true, one);
        Assert.Equal(["0.png", "metadata.csv"], Directory.GetFiles(Masks).Select(Path.GetFileName).Order());
        Assert.Equal(["masks"], folder.Names);
    }

    [Fact]
    public void A_folder_with_other_things_is_never_replaced()
    {
        foreach (string other in new[] { "notes.txt", "a.png", "1.png.bak" })
        {
            Directory.CreateDirectory(Masks);
            File.WriteAllText(Path.Combine(Masks, other), "mine");

            IOException error = Assert.Throws<IOException>(() => MaskFolder.Write(Masks, true, RandomResults.Small.Masks));

            Assert.Contains(other, error.Message, StringComparison.Ordinal);
            Assert.Equal("mine", File.ReadAllText(Path.Combine(Masks, other)));
            Directory.Delete(Masks, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(Masks, "0.png"));
        Assert.Throws<IOException>(() => MaskFolder.Write(Masks, true, RandomResults.Small.Masks));
    }

    [Fact]
    public void Cancelled_nothing_is_left_behind()
    {
        Assert.ThrowsAny<OperationCanceledException>(() => MaskFolder.Write(
            Masks, false, RandomResults.Small.Masks, new CancellationToken(canceled: true)));

        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_target_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(Masks, "a file");

        Assert.ThrowsAny<IOException>(() => MaskFolder.Write(Masks, true, RandomResults.Small.Masks));
        Assert.Throws<DirectoryNotFoundException>(
            () => MaskFolder.Write(folder.File("no/masks"), true, RandomResults.Small.Masks));
        Assert.Equal(["masks"], folder.Names);
    }

    [Fact]
    public void The_originals_line_ends_and_floating_crops_are_read()
    {
        MaskFolder.Write(Masks, false, RandomResults.Small.Masks);
        File.WriteAllText(Metadata, $"{Header}\r\n0,3,0,0,1,1,0.5,1.0,0.5,0.75,0.0,0.0,3.0,2.0\r\n");

        Assert.True(RandomResults.Same(RandomResults.Small.Masks, MaskFolder.Read(Masks)));
    }

    [Theory]
    [InlineData("id,area", "area,id", MaskFormatError.BadStructure)]
    [InlineData("\n0,", "\n1,", MaskFormatError.BadSyntax)]
    [InlineData("0,3,0", "0,3,0,0", MaskFormatError.BadSyntax)]
    [InlineData("0,3,0", "0,x,0", MaskFormatError.BadSyntax)]
    [InlineData("0,3,0", "0,,0", MaskFormatError.BadSyntax)]
    [InlineData("0,3,0", "0,4,0", MaskFormatError.Contradiction)]
    [InlineData("0,3,0", "0,3.5,0", MaskFormatError.Contradiction)]
    [InlineData("0,0,1,1", "0,0,1,2", MaskFormatError.Contradiction)]
    [InlineData("0.5,0.75", "nan,0.75", MaskFormatError.BadValue)]
    [InlineData("0,0,3,2", "0,0,3.5,2", MaskFormatError.BadValue)]
    [InlineData("0,0,3,2", "0,0,3,2\n1,3,0,0,1,1,0.5,1.0,0.5,0.75,0,0,3,2", MaskFormatError.FileMissing)]
    [InlineData("0,0,3,2", "0,0,3,2\n\n", MaskFormatError.BadSyntax)]
    public void Tables_that_lie_are_refused(string part, string instead, MaskFormatError code)
    {
        MaskFolder.Write(Masks, false, RandomResults.Small.Masks);
        string text = File.ReadAllText(Metadata);
        int at = text.LastIndexOf(part, StringComparison.Ordinal);
        File.WriteAllText(Metadata, text.Remove(at, part.Length).Insert(at, instead));

        MaskFormatException error = Assert.Throws<MaskFormatException>(() => MaskFolder.Read(Masks));

        Assert.Equal(code, error.Code);
        Assert.Contains("masks", error.FileName, StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_of_two_sizes_and_missing_tables_are_refused()
    {
        Assert.Equal(
            MaskFormatError.FileMissing, Assert.Throws<MaskFormatException>(() => MaskFolder.Read(Masks)).Code);
        AutomaticMask one = RandomResults.Small.Masks[0];
        AutomaticMask turned = one with { Segmentation = MaskRle.FromCounts([0, 2, 1, 1, 2], new ImageSize(3, 2)) };
        MaskFolder.Write(Masks, false, [one, turned]);

        MaskFormatException error = Assert.Throws<MaskFormatException>(() => MaskFolder.Read(Masks));

        Assert.Equal(MaskFormatError.Contradiction, error.Code);
        Assert.EndsWith("1.png", error.FileName, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_hold()
    {
        IReadOnlyList<AutomaticMask> one = RandomResults.Small.Masks;
        MaskFolder.Write(Masks, false, [.. one, .. one]);
        foreach (MaskFileLimits limits in new MaskFileLimits[]
            { new() { MaxMasks = 1 }, new() { MaxPixels = 5 }, new() { MaxDrawnPixels = 11 }, new() { MaxFileBytes = 50 } })
        {
            MaskFormatException error = Assert.Throws<MaskFormatException>(() => MaskFolder.Read(Masks, limits));
            Assert.Equal(MaskFormatError.BeyondLimits, error.Code);
        }
    }

    private static AutomaticMask FromJson(JsonElement record)
    {
        JsonElement segmentation = record.GetProperty("segmentation");
        int[] size = MaskUtilsReference.Integers(segmentation.GetProperty("size"));
        MaskRle rle = MaskRle.FromCounts(
            MaskUtilsReference.Integers(segmentation.GetProperty("counts")), new ImageSize(size[0], size[1]));
        int[] crop = MaskUtilsReference.Integers(record.GetProperty("crop_box"));
        JsonElement point = record.GetProperty("point_coords")[0];
        return new AutomaticMask
        {
            Segmentation = rle,
            Bounds = rle.Bounds,
            PredictedIou = (float)record.GetProperty("predicted_iou").GetDouble(),
            StabilityScore = (float)record.GetProperty("stability_score").GetDouble(),
            Point = new SamPoint(point[0].GetDouble(), point[1].GetDouble()),
            CropBox = new CropBox(crop[0], crop[1], crop[2], crop[3]),
        };
    }

    private static string Raw(JsonElement record, string key) => record.GetProperty(key).GetRawText();

    private static IEnumerable<string> RawItems(JsonElement list) => list.EnumerateArray().Select(item => item.GetRawText());
}
