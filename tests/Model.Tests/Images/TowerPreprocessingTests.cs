using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Kernels;
using Xunit;

namespace SamNative.Model.Tests.Images;

/// <summary>Pictures as document models prepare them: padded, stretched and cut as Pillow and the models' code do it.</summary>
public sealed class TowerPreprocessingTests
{
    private const byte Gray = 127;

    public static TheoryData<string> Pictures => ["playground", "playground_small", "tree_small", "truck", "dog"];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Padded_pictures_are_pillow_s(string name)
    {
        using TowerReference reference = TowerReference.For(name);
        ImageView picture = TestModels.Picture(name).View;
        ImageSize size = new(picture.Height, picture.Width);
        Assert.Equal(reference.Bytes($"{name}.pad.96"), Rgb(picture, Placement.Of(PictureFit.Pad, size, 96)));
        foreach (int side in (int[])[512, 640])
        {
            Assert.Equal(reference.Hash($"{name}.pad.{side}"), Hash(Rgb(picture, Placement.Of(PictureFit.Pad, size, side))));
        }

        foreach (int side in (int[])[768, 1024, 1280])
        {
            TowerView view = Assert.Single(TowerPreprocessing.DeepSeekOcr.Whole(side).Views(picture));
            Assert.Equal((side, reference.Hash($"{name}.pad.{side}")), (view.Side, Hash(Rgb(picture, view))));
        }
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Whole_views_of_small_squares_are_stretched(string name)
    {
        using TowerReference reference = TowerReference.For(name);
        ImageView picture = TestModels.Picture(name).View;
        foreach ((TowerPreprocessing preset, string kind) in ((TowerPreprocessing, string)[])
        [
            (TowerPreprocessing.DeepSeekOcr.Whole(512), "stretch"), (TowerPreprocessing.UnlimitedOcr.Whole(640), "stretch"),
            (TowerPreprocessing.DeepSeekOcr2.Whole(768), "stretch"), (TowerPreprocessing.Got, "stretch"),
            (TowerPreprocessing.GotCrop.Whole(1024), "stretch"), (TowerPreprocessing.Vary, "opencv_linear"),
            (TowerPreprocessing.VaryTiny, "opencv_linear"),
        ])
        {
            TowerView view = Assert.Single(preset.Views(picture));
            Assert.Equal((preset.Name, reference.Hash($"{name}.{kind}.{view.Side}")), (preset.Name, Hash(Rgb(picture, view))));
            Assert.Equal(new CropBox(0, 0, preset.Side, preset.Side), view.Content);
        }
    }

    [Theory]
    [InlineData("pad_101x100")]
    [InlineData("pad_97x100")]
    [InlineData("pad_100x33")]
    [InlineData("pad_1x50")]
    [InlineData("pad_95x96")]
    public void Odd_sizes_are_padded_as_pillow_rounds_them(string name)
    {
        using TowerReference reference = TowerReference.For(name);
        Placement placement = CheckPlace(reference, name);
        ImageView picture = new(reference.Bytes($"{name}.input"), placement.Source.Width, placement.Source.Height);

        Assert.Equal(reference.Bytes($"{name}.output"), Rgb(picture, placement));
    }

    [Theory]
    [InlineData("pad_1000x999")]
    [InlineData("pad_1000x997")]
    [InlineData("pad_333x1000")]
    public void Large_odd_sizes_are_placed_as_pillow_rounds_them(string name)
    {
        using TowerReference reference = TowerReference.For(name);
        CheckPlace(reference, name);
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Tiles_are_cut_as_the_models_cut_them(string name)
    {
        using TowerReference reference = TowerReference.For(name);
        ImageView picture = TestModels.Picture(name).View;
        foreach ((int most, int side) in ((int, int)[])[(6, 640), (9, 640), (32, 640), (6, 768)])
        {
            JsonElement expected = reference.Value($"{name}.tiles.2_{most}.{side}");
            TileGrid grid = TileGrid.Closest(picture.Width, picture.Height, 2, most, side);
            Placement[] tiles = [.. grid.Cut(new CropBox(0, 0, picture.Width, picture.Height), side)];

            Assert.Equal(new TileGrid(expected.GetProperty("grid")[0].GetInt32(), expected.GetProperty("grid")[1].GetInt32()), grid);
            Assert.Equal(
                expected.GetProperty("tiles").EnumerateArray().Select(hash => hash.GetString()!),
                tiles.Select(tile => Hash(Rgb(picture, tile))));
        }
    }

    [Fact]
    public void A_large_picture_is_tiles_and_then_the_whole()
    {
        using TowerReference reference = TowerReference.For("playground");
        ImageView picture = TestModels.Picture("playground").View;
        foreach ((TowerPreprocessing preset, string tiles) in ((TowerPreprocessing, string)[])
        [
            (TowerPreprocessing.DeepSeekOcr, "2_6.640"), (TowerPreprocessing.DeepSeekOcr.WithMaxTiles(9), "2_9.640"),
            (TowerPreprocessing.UnlimitedOcr, "2_32.640"), (TowerPreprocessing.DeepSeekOcr2, "2_6.768"),
        ])
        {
            TowerViews views = preset.Views(picture);
            string[] hashes =
            [
                .. reference.Value($"playground.tiles.{tiles}").GetProperty("tiles").EnumerateArray().Select(hash => hash.GetString()!),
                reference.Hash("playground.pad.1024"),
            ];

            Assert.Equal((3, 2, 7), (views.Columns, views.Rows, views.Count));
            Assert.Equal(hashes, views.Select(view => Hash(Rgb(picture, view))));
            Assert.Equal([true, true, true, true, true, true, false], views.Select(view => view.IsTile));
            Assert.Equal([preset.TileSide, 1024], views.Select(view => view.Side).Distinct());
        }
    }

    [Theory]
    [InlineData(640, 640, 1)]
    [InlineData(641, 640, 5)]
    [InlineData(640, 641, 5)]
    [InlineData(30, 20, 1)]
    public void A_picture_that_fits_into_a_tile_is_not_cut(int width, int height, int count)
    {
        TowerViews views = TowerPreprocessing.DeepSeekOcr.Views(Blank(width, height));

        Assert.Equal(count, views.Count);
        Assert.Equal(count == 1 ? (1, 1) : (2, 2), (views.Columns, views.Rows));
        Assert.Equal(1024, views[^1].Side);
    }

    [Theory]
    [InlineData(300, 200, 3, 2, 7)]
    [InlineData(200, 200, 1, 1, 1)]
    [InlineData(2000, 2000, 2, 2, 5)]
    [InlineData(1000, 2000, 1, 2, 3)]
    [InlineData(9000, 1000, 6, 1, 7)]
    public void Got_cuts_small_pictures_too_and_shows_one_tile_once(int width, int height, int columns, int rows, int count)
    {
        TowerViews views = TowerPreprocessing.GotCrop.Views(Blank(width, height));

        Assert.Equal((columns, rows, count), (views.Columns, views.Rows, views.Count));
        Assert.All(views, view => Assert.Equal(1024, view.Side));
    }

    [Theory]

    // 1.25 is as far from 2 x 2 as from 3 x 2: the larger grid needs more than 0.5 * 640 * 640 * 6 = 1,228,800 pixels.
    [InlineData(1000, 800, 2, 2)]
    [InlineData(1240, 992, 3, 2)]

    // 1 x 2 and 2 x 4 have the same shape: 8 tiles from 1,638,401 pixels on.
    [InlineData(905, 1810, 1, 2)]
    [InlineData(906, 1812, 2, 4)]
    public void Of_equally_close_grids_large_pictures_take_the_larger(int width, int height, int columns, int rows) =>
        Assert.Equal(new TileGrid(columns, rows), TileGrid.Closest(width, height, 2, 9, 640));

    [Fact]
    public void DeepSeek_vl_centres_on_the_colour_of_its_mean()
    {
        TowerView view = Assert.Single(TowerPreprocessing.DeepSeekVl.Views(Blank(333, 1000)));

        Assert.Equal(new CropBox(342, 0, 340, 1024), view.Content);
        Assert.Equal(((122 / 255f) - 0.48145466f) / 0.26862954f, view.Preprocessing.Normalisation.Outside[0]);
        Assert.Equal(((116 / 255f) - 0.4578275f) / 0.26130258f, view.Preprocessing.Normalisation.Outside[1]);
        Assert.Equal(((104 / 255f) - 0.40821073f) / 0.27577711f, view.Preprocessing.Normalisation.Outside[2]);
    }

    [Fact]
    public void Formulas_lose_their_margins_and_are_centred_on_black()
    {
        byte[] page = new byte[500 * 300];
        Array.Fill(page, (byte)255);
        for (int y = 100; y < 150; y++)
        {
            page.AsSpan((y * 500) + 40, 200).Clear();
        }

        TowerView view = Assert.Single(TowerPreprocessing.PPFormulaNetL.Views(new ImageView(page, 500, 300, PixelFormat.Gray)));

        Assert.Equal(new CropBox(40, 100, 200, 50), view.Placement.Source);
        Assert.Equal(new CropBox(0, 288, 768, 192), view.Content);
        Assert.Equal(-0.7931f / 0.1738f, view.Preprocessing.Normalisation.Outside[1]);
        byte[] rgb = Rgb(new ImageView(page, 500, 300, PixelFormat.Gray), view);
        Assert.Equal(-1, rgb.AsSpan(288 * 768 * 3, 192 * 768 * 3).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Tables_lie_at_the_top_left_with_zeros_around()
    {
        TowerView view = Assert.Single(TowerPreprocessing.SlaNext.Views(Blank(800, 534)));

        Assert.Equal((512, new CropBox(0, 0, 512, 342)), (view.Side, view.Content));
        Assert.Equal([0f, 0f, 0f], view.Preprocessing.Normalisation.Outside.ToArray());
        Assert.Equal(ResizeFilter.OpenCvLinear, view.Preprocessing.Filter);
    }

    [Fact]
    public void Gray_padding_has_the_value_of_its_bytes()
    {
        TowerViews views = TowerPreprocessing.DeepSeekOcr.Views(Blank(700, 900));

        Assert.All(views, view => Assert.Equal(((Gray / 255f) - 0.5f) / 0.5f, view.Preprocessing.Normalisation.Outside[2]));
    }

    [Fact]
    public void Presets_have_names()
    {
        Assert.Equal(TowerPreprocessing.All.Count, TowerPreprocessing.All.Select(preset => preset.Name).Distinct().Count());
        Assert.All(TowerPreprocessing.All, preset => Assert.Same(preset, TowerPreprocessing.Find(preset.Name)));
        Assert.Same(TowerPreprocessing.DeepSeekOcr2, TowerPreprocessing.Find("DeepSeek-OCR-2"));
        ArgumentException error = Assert.Throws<ArgumentException>(() => TowerPreprocessing.Find("another"));
        Assert.Contains("vary-tiny, got, ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_model_does_not_have_is_refused()
    {
        ArgumentException side = Assert.Throws<ArgumentException>(() => TowerPreprocessing.DeepSeekOcr2.Whole(640));
        Assert.Contains("768, 1024", side.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => TowerPreprocessing.Vary.WithMaxTiles(4));
        Assert.Throws<InvalidOperationException>(() => TowerPreprocessing.DeepSeekOcr.Whole(1024).WithMaxTiles(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => TowerPreprocessing.DeepSeekOcr.WithMaxTiles(1));
        Assert.Throws<ArgumentException>(() => TowerPreprocessing.Got.Views(default));
        Assert.Throws<ArgumentException>(() => TowerPreprocessing.DeepSeekOcr.Views(Blank(5000, 1)));
    }

    private static ImageView Blank(int width, int height) => new(new byte[width * height], width, height, PixelFormat.Gray);

    private static Placement CheckPlace(TowerReference reference, string name)
    {
        JsonElement expected = reference.Value(name);
        string[] size = name["pad_".Length..].Split('x');
        int side = expected.TryGetProperty("S", out JsonElement of) ? of.GetInt32() : 96;
        Placement placement = Placement.Of(
            PictureFit.Pad,
            new ImageSize(int.Parse(size[1], provider: null), int.Parse(size[0], provider: null)), side);

        Assert.Equal(expected.GetProperty("content")[0].GetInt32(), placement.Resized.Width);
        Assert.Equal(expected.GetProperty("content")[1].GetInt32(), placement.Resized.Height);
        Assert.Equal(expected.GetProperty("offset")[0].GetInt32(), placement.Left);
        Assert.Equal(expected.GetProperty("offset")[1].GetInt32(), placement.Top);
        return placement;
    }

    private static byte[] Rgb(ImageView picture, TowerView view) => Rgb(picture, view.Placement, view.Preprocessing.Filter);

    /// <summary>The whole input as bytes, gray outside.</summary>
    private static unsafe byte[] Rgb(ImageView picture, Placement placement, ResizeFilter filter = ResizeFilter.PillowBicubic)
    {
        using WorkerPool pool = new(2);
        using PictureResizer resizer = new(KernelTable.For(Isa.Found), 2);
        int width = placement.Part.Width;
        byte[] shown = new byte[placement.Part.Height * width * 4];
        fixed (byte* result = shown)
        {
            resizer.Run(pool, picture, placement, filter, result, default);
        }

        byte[] rgb = new byte[placement.Input.Height * placement.Input.Width * 3];
        Array.Fill(rgb, Gray);
        ImageView view = new(shown, width, placement.Part.Height, PixelFormat.Rgba);
        for (int y = 0; y < view.Height; y++)
        {
            view.CopyRgbRow(y, rgb.AsSpan(3 * (((y + placement.Top) * placement.Input.Width) + placement.Left), 3 * width));
        }

        return rgb;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
