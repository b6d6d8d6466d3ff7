using System.Numerics.Tensors;
using System.Text.Json;
using SamNative.Kernels;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Tower;

/// <summary>What a visual tower refuses, and what it leaves alone.</summary>
public sealed class VisualTowerFaultTests
{
    private static readonly ImageView picture = TestModels.Picture("playground_small").View;

    [Fact]
    public void Of_a_model_in_several_files_only_those_with_the_tower_are_opened()
    {
        using TemporaryFolder folder = new();
        Towers.Spelt spelt = Towers.All["GOT"];
        using TensorSource values = spelt.Open();
        Dictionary<string, string> map = [];
        Save("model-00001.safetensors", tensor => tensor.Name.Contains("blocks"));
        Save("model-00002.safetensors", tensor => !tensor.Name.Contains("blocks"));
        File.WriteAllText(folder.File("model-00003.safetensors"), "not weights at all");
        map["model.layers.0.mlp.weight"] = "model-00003.safetensors";
        map["lm_head.weight"] = "model-00004.safetensors";
        File.WriteAllText(
            folder.File("model.safetensors.index.json"), JsonSerializer.Serialize(new Dictionary<string, object> { ["weight_map"] = map }));

        using VisualTower whole = VisualTower.Load(spelt.Open());
        using VisualTower byFolder = VisualTower.Load(folder.Path);

        Assert.Equal(TowerKind.GotOcr, byFolder.Config.Kind);
        Assert.Equal(whole.Encode(picture).Whole.At(0), byFolder.Encode(picture).Whole.At(0));

        void Save(string name, Func<TensorInfo, bool> belongs)
        {
            SafetensorsWriter writer = new();
            foreach (TensorInfo tensor in values.Tensors.Where(belongs))
            {
                writer.Add(tensor.Name, values, tensor);
                map[tensor.Name] = name;
            }

            writer.Save(folder.File(name));
        }
    }

    [Fact]
    public void A_sam_is_no_tower()
    {
        CheckpointException error = Assert.Throws<CheckpointException>(
            () => VisualTower.Load(new SyntheticCheckpoint(TestModels.Config("tiny"))));
        Assert.Contains("net_2.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_convolution_that_is_missing_or_of_another_shape_is_named()
    {
        CheckpointException missing = Refuse((name, shape) => name.EndsWith("net_2.weight") ? null : shape);
        Assert.Contains("model.vision_tower_high.net_2.weight", missing.Message, StringComparison.Ordinal);

        CheckpointException wrong = Refuse((name, shape) => name.EndsWith("net_3.weight") ? [256, 128, 3, 2] : shape);
        Assert.Contains("model.vision_tower_high.net_3.weight", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_refused_by_name_or_loaded_on_demand()
    {
        byte[] file = GotFile((name, values) =>
        {
            if (name.EndsWith("net_3.weight"))
            {
                values[77] = float.NaN;
            }
        });

        CheckpointException error = Assert.Throws<CheckpointException>(() => VisualTower.Load(CheckpointFile.Open(file)));
        Assert.Contains("net_3.weight", error.Message, StringComparison.Ordinal);
        using VisualTower tower = VisualTower.Load(CheckpointFile.Open(file), new TowerOptions { AllowNonFiniteWeights = true });
        Assert.Equal(NonFiniteValues.Embedding, Assert.Throws<NonFiniteException>(() => tower.Encode(picture)).Values);
    }

    [Theory]
    [InlineData(1, 3, 256, 255)]
    [InlineData(1, 3, 512, 512)]
    [InlineData(1, 4, 256, 256)]
    public void Pixel_values_of_another_shape_are_refused(int count, int channels, int height, int width)
    {
        using VisualTower tower = Load();
        float[] values = new float[count * channels * height * width];

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => tower.EncodePixelValues(new ReadOnlyTensorSpan<float>(values, [count, channels, height, width])));

        Assert.Contains("[n, 3, 256, 256]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixel_values_that_are_no_numbers_are_refused_by_their_place()
    {
        using VisualTower tower = Load();
        float[] values = new float[2 * 3 * 256 * 256];
        values[200_000] = float.PositiveInfinity;

        NonFiniteException error = Assert.Throws<NonFiniteException>(
            () => tower.EncodePixelValues(new ReadOnlyTensorSpan<float>(values, [2, 3, 256, 256])));

        Assert.Equal((NonFiniteValues.PixelValues, 200_000), (error.Values, error.Position));
    }

    [Fact]
    public void Sizes_that_a_model_does_not_have_are_refused()
    {
        SyntheticCheckpoint Got() => new(Towers.Tiny with { Kind = TowerKind.GotOcr });

        ArgumentException preset = Assert.Throws<ArgumentException>(
            () => VisualTower.Load(Got(), new TowerOptions { InputSize = 512 }));
        Assert.Contains("sides for got are 1024; 512", preset.Message, StringComparison.Ordinal);
        ArgumentException patch = Assert.Throws<ArgumentException>(
            () => VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny), new TowerOptions { InputSize = 300 }));
        Assert.Contains("patches of 16 pixels", patch.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny), new TowerOptions { InputSize = 4096 }));
        using VisualTower native = VisualTower.Load(Got(), new TowerOptions { InputSize = 256 });
        Assert.Equal(("got", 256), (native.Preprocessing.Name, native.Preprocessing.Side));
    }

    [Fact]
    public void A_tower_of_an_unknown_model_says_how_it_prepares_pictures()
    {
        using VisualTower tower = Load();
        Assert.Equal("sam", tower.Preprocessing.Name);
        Assert.Contains(tower.Notes, note => note.Contains("not known", StringComparison.Ordinal));

        using VisualTower told = VisualTower.Load(
            new SyntheticCheckpoint(Towers.Tiny), new TowerOptions { Preprocessing = TowerPreprocessing.Got.Whole(1024) });
        Assert.DoesNotContain(told.Notes, note => note.Contains("not known", StringComparison.Ordinal));
    }

    [Fact]
    public void Empty_and_thin_pictures_are_refused()
    {
        using VisualTower tower = Load();
        Assert.Throws<ArgumentException>(() => tower.Encode(default(ImageView)));
        Assert.Throws<ArgumentException>(() => tower.Encode(new ImageView(new byte[3 * 5000], 5000, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tower.Encode([]));
    }

    [Fact]
    public void A_disposed_tower_says_so_and_its_features_stay()
    {
        VisualTower tower = Load();
        ViewFeatures whole = tower.Encode(picture).Whole;
        tower.Dispose();
        tower.Dispose();

        Assert.Equal(nameof(VisualTower), Assert.Throws<ObjectDisposedException>(() => tower.Encode(picture)).ObjectName.Split('.')[^1]);
        Assert.True(float.IsFinite(whole.Tokens[0, 3, 5]));
    }

    [Fact]
    public void A_disposed_tower_and_one_that_cannot_be_loaded_leave_no_memory()
    {
        long before = NativeBuffer.LiveBytes;
        byte[] damaged = GotFile((name, values) => values[0] = name.EndsWith("net_3.weight") ? float.NaN : values[0]);

        Assert.Throws<CheckpointException>(() => VisualTower.Load(CheckpointFile.Open(damaged)));
        using (VisualTower tower = Load())
        {
            tower.Encode(picture);
            long loaded = NativeBuffer.LiveBytes;
            tower.TrimExcess();
            Assert.InRange(NativeBuffer.LiveBytes, before + 1, loaded - 1);
        }

        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void Loading_is_cancelled()
    {
        using CancellationTokenSource cancellation = new();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(
            () => VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny), cancellationToken: cancellation.Token));
    }

    [Fact]
    public void An_encode_is_cancelled_between_steps()
    {
        using VisualTower tower = Load();
        using CancellationTokenSource cancellation = new();
        int seen = 0;

        Assert.Throws<OperationCanceledException>(() => tower.Encode(picture, new Canceller(() =>
        {
            if (++seen == 3)
            {
                cancellation.Cancel();
            }
        }), cancellation.Token));

        Assert.Equal(3, seen);
        Assert.True(float.IsFinite(tower.Encode(picture).Whole.At(0)[0]));
    }

    private static VisualTower Load() => VisualTower.Load(new SyntheticCheckpoint(Towers.Tiny));

    private static CheckpointException Refuse(Func<string, long[], long[]?> change)
    {
        using TensorSource values = Towers.All["GOT"].Open();
        SafetensorsWriter writer = new();
        foreach (TensorInfo tensor in values.Tensors)
        {
            if (change(tensor.Name, [.. tensor.Shape]) is { } shape)
            {
                writer.Add(tensor.Name, [.. shape], new float[shape.Aggregate(1L, (all, side) => all * side)]);
            }
        }

        using MemoryStream file = new();
        writer.Save(file);
        return Assert.Throws<CheckpointException>(() => VisualTower.Load(CheckpointFile.Open(file.ToArray())));
    }

    private static byte[] GotFile(Action<string, float[]> change)
    {
        using TensorSource values = Towers.All["GOT"].Open();
        SafetensorsWriter writer = new();
        foreach (TensorInfo tensor in values.Tensors)
        {
            float[] read = new float[tensor.ElementCount];
            values.Read(tensor, read);
            change(tensor.Name, read);
            writer.Add(tensor.Name, [.. tensor.Shape], read);
        }

        using MemoryStream file = new();
        writer.Save(file);
        return file.ToArray();
    }

    private sealed class Canceller(Action report) : IProgress<SamProgress>
    {
        public void Report(SamProgress value) => report();
    }
}
