using System.Numerics.Tensors;
using SamNative.Kernels;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Tower;

/// <summary>The features of visual towers: equal to the original's, whatever the file calls its tensors, on every machine.</summary>
public sealed class VisualTowerTests
{
    public static TheoryData<string> Models => [.. Towers.All.Keys];

    [Fact]
    public void Tokens_and_map_of_the_tiny_tower_are_the_original_s()
    {
        using ReferenceTensors reference = ReferenceTensors.Open("tiny.tower.safetensors");
        IReadOnlyList<long> size = reference.Shape("image");
        ImageView picture = new(reference.Bytes("image"), (int)size[1], (int)size[0]);
        using VisualTower tower = VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny));

        TowerFeatures features = tower.Encode(picture);

        ViewFeatures whole = features.Whole;
        Assert.Null(features.Tiles);
        Assert.Equal([new TowerPicture(1, 1, 0, 0)], features.Pictures);
        Assert.Equal([1, 16, 256], whole.Tokens.Lengths.ToArray());
        Assert.Equal([1, 256, 4, 4], whole.Map.Lengths.ToArray());
        Check(whole.At(0), reference.Floats("tokens"));
        float[] map = new float[whole.Map.FlattenedLength];
        whole.Map.FlattenTo(map);
        Check(map, reference.Floats("map"));
        Assert.Equal(reference.Floats("map")[37], whole.Map[0, 2, 1, 1], 3e-5);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_s_own_names_give_the_bytes_of_ours(string model)
    {
        Towers.Spelt spelt = Towers.All[model];
        ImageView picture = TestModels.Picture("playground_small").View;
        using VisualTower ours = VisualTower.Load(new SyntheticCheckpoint(spelt.Config));
        using VisualTower theirs = VisualTower.Load(spelt.Open());

        Assert.Equal((spelt.Kind, spelt.Config.Widths[^1]), (theirs.Config.Kind, theirs.Channels));
        Assert.Equal((ours.Preprocessing.Name, 256), (theirs.Preprocessing.Name, theirs.Preprocessing.Side));
        Assert.NotEqual("sam", theirs.Preprocessing.Name);
        ViewFeatures whole = theirs.Encode(picture).Whole;
        Assert.Equal([1, whole.Rows * whole.Columns, theirs.Channels], whole.Tokens.Lengths.ToArray());
        Assert.Equal(ours.Encode(picture).Whole.At(0), whole.At(0));
    }

    [Theory]
    [InlineData("DeepSeek-VL", 24)]
    [InlineData("SLANeXt", 8)]
    [InlineData("Vary", 4)]
    public void Both_paths_and_single_convolutions_are_those_of_the_reference_executor(string model, int side)
    {
        float[] pixels = Values(3 * 256 * 256);
        using SyntheticCheckpoint source = new(Towers.All[model].Config);
        float[] expected = new ReferenceTower(TowerCheckpoint.Open(source)).Run(pixels);
        using VisualTower tower = VisualTower.Load(new SyntheticCheckpoint(Towers.All[model].Config));

        ViewFeatures features = tower.EncodePixelValues(new ReadOnlyTensorSpan<float>(pixels, [1, 3, 256, 256]));

        Assert.Equal((side, side), (features.Rows, features.Columns));
        Check(features.At(0), expected);
    }

    [Fact]
    public void Odd_grids_are_halved_upwards()
    {
        const int Side = 272;
        float[] pixels = Values(3 * Side * Side);
        using SamModel sam = TestModels.Load("tiny", new SamOptions { InputSize = Side });
        using SamEmbedding embedding = sam.EncodePixelValues(new ReadOnlyTensorSpan<float>(pixels, [1, 3, Side, Side]));
        using SyntheticCheckpoint source = new(Towers.Tiny);
        float[] expected = new ReferenceTower(TowerCheckpoint.Open(source))
            .Convolve(ReferenceTower.Turn(embedding.Values, 64), Frame.Square(Side, 16));
        using VisualTower tower = VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny), new TowerOptions { InputSize = Side });

        ViewFeatures features = tower.EncodePixelValues(new ReadOnlyTensorSpan<float>(pixels, [1, 3, Side, Side]));

        Assert.Equal((Side, 5, 5), (features.Side, features.Rows, features.Columns));
        Check(features.At(0), expected);
    }

    [Fact]
    public void The_bytes_are_the_same_at_every_level_and_number_of_threads()
    {
        TowerConfig config = Towers.All["DeepSeek-VL"].Config;
        ImageView picture = TestModels.Picture("playground_small").View;
        List<string> hashes = [];
        foreach (IsaLevel isa in Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable))
        {
            foreach (int threads in isa == Isa.Found ? (int[])[1, 3, 64] : [2])
            {
                using VisualTower tower = VisualTower.Load(
                    new SyntheticCheckpoint(config), new TowerOptions { Isa = isa, Threads = threads });
                Assert.Equal((isa, threads), (tower.Isa, tower.Threads));
                hashes.Add(Hashes.Of(tower.Encode(picture).Whole.At(0).ToArray()));
            }
        }

        Assert.True(hashes.Count >= 4);
        Assert.All(hashes, hash => Assert.Equal(ReferenceData.GoldenHash("tiny.deepseek_vl.playground_small.tokens"), hash));
    }

    [Fact]
    public void A_large_picture_gives_the_features_of_its_tiles_and_of_its_whole()
    {
        ImageView picture = TestModels.Picture("playground").View;
        using VisualTower tower = VisualTower.Load(
            new SyntheticCheckpoint(Towers.Tiny), new TowerOptions { Preprocessing = TowerPreprocessing.DeepSeekOcr });
        List<SamProgress> progress = [];

        TowerFeatures features = tower.Encode(picture, new Sink(progress.Add));

        Assert.Equal([new TowerPicture(3, 2, 0, 6)], features.Pictures);
        Assert.Equal((640, 6, 10, 10), (features.Tiles!.Side, features.Tiles.Count, features.Tiles.Rows, features.Tiles.Columns));
        Assert.Equal((1024, 1, 16, 16), (features.Whole.Side, features.Whole.Count, features.Whole.Rows, features.Whole.Columns));
        TowerView[] views = [.. tower.Preprocessing.Views(picture)];
        ViewFeatures tiles = tower.EncodePixelValues(Prepared(picture, views[..6]));
        ViewFeatures whole = tower.EncodePixelValues(Prepared(picture, views[6..]));
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(tiles.At(i), features.Tiles.At(i));
        }

        Assert.Equal(whole.At(0), features.Whole.At(0));
        int steps = 7 * tower.Plan.Steps.Count;
        Assert.Equal(Enumerable.Range(1, steps).Select(done => new SamProgress(done, steps)), progress);
    }

    [Fact]
    public void Pictures_in_a_batch_give_what_they_give_alone()
    {
        ImageView[] pictures =
        [
            TestModels.Picture("playground_small").View, TestModels.Picture("playground").View, TestModels.Picture("tree_small").View,
        ];
        using VisualTower tower = VisualTower.Load(
            new SyntheticCheckpoint(Towers.Tiny),
            new TowerOptions { Preprocessing = TowerPreprocessing.DeepSeekOcr.WithMaxTiles(2) });

        TowerFeatures all = tower.Encode(pictures);

        Assert.Equal([new(1, 1, 0, 0), new(2, 1, 0, 2), new(1, 1, 2, 0)], all.Pictures);
        Assert.Equal((3, 2), (all.Whole.Count, all.Tiles!.Count));
        for (int i = 0; i < pictures.Length; i++)
        {
            TowerFeatures alone = tower.Encode(pictures[i]);
            Assert.Equal(alone.Whole.At(0), all.Whole.At(i));
            for (int tile = 0; tile < all.Pictures[i].Tiles; tile++)
            {
                Assert.Equal(alone.Tiles!.At(tile), all.Tiles.At(all.Pictures[i].FirstTile + tile));
            }
        }
    }

    [Fact]
    public void Callers_of_one_tower_on_several_threads_get_the_same_bytes()
    {
        ImageView picture = TestModels.Picture("playground_small").View;
        using VisualTower tower = VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny));
        float[] expected = tower.Encode(picture).Whole.At(0).ToArray();

        Parallel.For(0, 12, _ => Assert.Equal(expected, tower.Encode(picture).Whole.At(0)));
    }

    [Fact]
    public void A_picture_allocates_little_beside_its_features()
    {
        ImageView picture = TestModels.Picture("playground_small").View;
        using VisualTower tower = VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny), new TowerOptions { Threads = 1 });
        tower.Encode(picture);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ViewFeatures whole = tower.Encode(picture).Whole;

        long values = sizeof(float) * (long)whole.Tokens.FlattenedLength;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, values, values + 2048);
    }

    [Fact]
    public void The_real_size_has_the_published_number_of_values_and_tokens()
    {
        using SyntheticCheckpoint source = new(TowerConfig.VitB);
        TowerConfig config = TowerCheckpoint.Open(source).Config;
        EncoderPlan plan = TowerPlan.Create(VitGeometry.Square(config, 1024, plain: false), config, null, null);

        Assert.Equal(89_670_912 + 5_898_240, plan.Parameters);
        Assert.Equal([16, 16, 1024], plan.Steps[^1].Output);
        Assert.Equal(EncoderPlan.Create(SamConfig.VitB).ArenaBytes, plan.ArenaBytes);
    }

    /// <summary>Values as pictures have them: anything between -2 and 2.</summary>
    private static float[] Values(int count)
    {
        Random random = new(5);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (random.NextSingle() * 4) - 2;
        }

        return values;
    }

    /// <summary>Views as [n, 3, side, side], value by value.</summary>
    private static unsafe ReadOnlyTensorSpan<float> Prepared(ImageView picture, TowerView[] views)
    {
        using WorkerPool pool = new(1);
        using PictureResizer resizer = new(KernelTable.For(Isa.Found), 1);
        int side = views[0].Side;
        List<float> values = [];
        foreach (TowerView view in views)
        {
            CropBox content = view.Content;
            byte[] shown = new byte[4 * content.Width * content.Height];
            fixed (byte* bytes = shown)
            {
                resizer.Run(pool, picture, view.Placement, view.Preprocessing.Filter, bytes, default);
            }

            for (int i = 0; i < 3 * side * side; i++)
            {
                (int channel, int pixel) = Math.DivRem(i, side * side);
                (int y, int x) = ((pixel / side) - content.Y, (pixel % side) - content.X);
                bool isInside = y >= 0 && y < content.Height && x >= 0 && x < content.Width;
                int level = isInside ? shown[(4 * ((y * content.Width) + x)) + channel] : 127;
                values.Add(((level / 255f) - 0.5f) / 0.5f);
            }
        }

        return new ReadOnlyTensorSpan<float>(values.ToArray(), [views.Length, 3, side, side]);
    }

    private static void Check(ReadOnlySpan<float> computed, float[] expected)
    {
        Closeness closeness = Closeness.Of(computed, expected);
        TestContext.Current.TestOutputHelper?.WriteLine(closeness.ToString());
        Assert.True(closeness.MaxAbs <= 3e-5 && closeness.RelativeRms <= 5e-6, closeness.ToString());
    }

    private sealed class Sink(Action<SamProgress> take) : IProgress<SamProgress>
    {
        public void Report(SamProgress value) => take(value);
    }
}
