using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb tower.</summary>
public sealed class TowerTests : IDisposable
{
    private const string Model = "tower.safetensors";

    private readonly WorkFolder folder = new();

    public TowerTests() => Write("DeepSeek-OCR", Model);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_picture_becomes_the_features_that_the_library_makes()
    {
        string picture = ReferenceData.Find("playground.png");

        JsonElement json = Samnative.Run(
            folder, "tower", picture, "-m", Model, "--preset", "deepseek-ocr", "-o", "f.safetensors", "--json").Json;

        using VisualTower tower = VisualTower.Load(
            folder.File(Model), new TowerOptions { Preprocessing = TowerPreprocessing.DeepSeekOcr });
        TowerFeatures expected = tower.Encode(ImageFile.Load(picture).View);
        using SafetensorsFile written = SafetensorsFile.Open(folder.File("f.safetensors"));
        Assert.Equal(expected.Whole.At(0), Read(written, "tokens", [1, 256, 256]));
        Assert.Equal(expected.Tiles!.At(0), Read(written, "tiles", [6, 100, 256]).AsSpan()[..(100 * 256)]);
        Assert.Equal(expected.Tiles!.At(5), Read(written, "tiles", [6, 100, 256]).AsSpan()[(500 * 256)..]);
        Assert.Equal(
            ("deepseek-ocr", "1024", "[16,16]", "640", "6", "[2,3]", "[10,10]", "[640,960]", tower.ComputeSha256()),
            (written.Metadata["preset"], written.Metadata["side"], written.Metadata["grid"], written.Metadata["tile_side"],
                written.Metadata["max_tiles"], written.Metadata["tile_rows_columns"], written.Metadata["tile_grid"],
                written.Metadata["original_size"], written.Metadata["model_sha256"]));
        Assert.Equal(["model", "model_sha256", "preset", "features"], json.Keys());
        Assert.Equal((tower.ComputeSha256(), "deepseek-ocr"), (json.Text("model_sha256"), json.Text("preset")));
        JsonElement file = Assert.Single(json.Items("features"));
        Assert.Equal(["input", "output", "tokens", "tiles"], file.Keys());
        Assert.Equal([6, 100, 256], file.Numbers("tiles"));
    }

    [Fact]
    public void The_model_s_own_preset_and_size_are_taken_and_others_on_demand()
    {
        Ran own = Samnative.Run(folder, "tower", TestFiles.SmallPicture, "-m", Model, "-o", "a.safetensors").Succeeded();
        Ran other = Samnative.Run(
            folder, "tower", TestFiles.SmallPicture, "-m", Model, "-o", "b.safetensors", "--input-size", "512", "--threads", "1");

        Assert.Equal("a.safetensors: 1 x 16 x 256\n", own.Text.ReplaceLineEndings("\n"));
        Assert.Equal("b.safetensors: 1 x 64 x 256\n", other.Succeeded().Text.ReplaceLineEndings("\n"));
        using SafetensorsFile small = SafetensorsFile.Open(folder.File("a.safetensors"));
        Assert.Equal(("deepseek-ocr", "256", "0"), (small.Metadata["preset"], small.Metadata["side"], small.Metadata["tile_side"]));
        Assert.False(small.TryGet("tiles", out _));
    }

    [Fact]
    public void Stdin_and_stdout_take_the_place_of_files()
    {
        Ran ran = Samnative.Run(folder, File.ReadAllBytes(TestFiles.SmallPicture), [], "tower", "-", "-m", Model, "-o", "-");
        Samnative.Run(folder, "tower", TestFiles.SmallPicture, "-m", Model, "-o", "f.safetensors").Succeeded();

        Assert.Equal(File.ReadAllBytes(folder.File("f.safetensors")), ran.Succeeded().Output);
    }

    [Fact]
    public void A_folder_becomes_a_folder_and_what_is_there_is_passed_over()
    {
        Directory.CreateDirectory(folder.File("in"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/a.png"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/c.png"));
        folder.Write("in/b.jpg", "no picture");

        Ran first = Samnative.Run(folder, "tower", "in", "-m", Model, "-o", "out");
        File.WriteAllBytes(folder.File("out/c.png.safetensors"), File.ReadAllBytes(folder.File("out/a.png.safetensors"))[..^1]);
        File.Delete(folder.File("in/b.jpg"));
        JsonElement second = Samnative.Run(folder, "tower", "in", "-m", Model, "-o", "out", "--json").Json;

        Assert.Equal(1, first.ExitCode);
        Assert.Contains("1 of 3 pictures failed:\n  in/b.jpg: this is not", first.Error, StringComparison.Ordinal);
        Assert.Equal(2, second.GetProperty("pictures").GetInt32());
        Assert.Equal("in/a.png", Assert.Single(second.Items("skipped")).GetString());
        Assert.Equal("in/c.png", Assert.Single(second.Items("features")).Text("input"));
        Assert.Equal(
            File.ReadAllBytes(folder.File("out/a.png.safetensors")), File.ReadAllBytes(folder.File("out/c.png.safetensors")));
    }

    [Fact]
    public void Results_that_were_made_otherwise_are_in_the_way()
    {
        Directory.CreateDirectory(folder.File("in"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/a.png"));
        Samnative.Run(folder, "tower", "in", "-m", Model, "-o", "out").Succeeded();
        Write("GOT", "got.safetensors");

        Samnative.Run(folder, "tower", "in", "-m", Model, "-o", "out", "--input-size", "512")
            .Failed(1, "a.png.safetensors is in the way: it was made in another way (side)");
        Samnative.Run(folder, "tower", "in", "-m", "got.safetensors", "-o", "out").Failed(1, "another model made it");
        Samnative.Run(folder, "tower", "in", "-m", "got.safetensors", "-o", "out", "--force").Succeeded();
        File.Copy(folder.File(Model), folder.File("out/a.png.safetensors"), overwrite: true);
        Samnative.Run(folder, "tower", "in", "-m", Model, "-o", "out").Failed(1, "it holds no features of a tower");
        folder.Write("out/a.png.safetensors", "this is text, and not a safetensors file at all");
        Samnative.Run(folder, "tower", "in", "-m", Model, "-o", "out").Failed(1, "it is no safetensors file");
    }

    [Fact]
    public void What_is_no_tower_or_no_size_of_it_is_refused()
    {
        Write("GOT", "got.safetensors");

        Tower("demo").Failed(1, "net_2.weight");
        Tower("got.safetensors", "--input-size", "512").Failed(1, "The sides for got are 1024; 512 is none of them");
        Tower("gone.safetensors").Failed(1, "gone.safetensors is neither a file nor a known model");
        Tower(Model, "--preset", "word").Failed(2, "word");
        Samnative.Run(folder, "tower", TestFiles.SmallPicture, "-o", "f.safetensors").Failed(2, "'--model' is required");
        Samnative.Run(folder, "tower", TestFiles.SmallPicture, "-m", Model, "-o", Model).Failed(1, Model);
        Assert.False(File.Exists(folder.File("f.safetensors")));
    }

    private Ran Tower(string model, params string[] more) =>
        Samnative.Run(folder, ["tower", TestFiles.SmallPicture, "-m", model, "-o", "f.safetensors", .. more]);

    private void Write(string model, string name)
    {
        using TensorSource source = Towers.All[model].Open();
        SafetensorsWriter writer = new();
        foreach (TensorInfo tensor in source.Tensors)
        {
            writer.Add(tensor.Name, source, tensor);
        }

        writer.Save(folder.File(name));
    }

    private static float[] Read(SafetensorsFile file, string name, long[] shape)
    {
        Assert.True(file.TryGet(name, out TensorInfo? tensor));
        Assert.Equal(shape, tensor.Shape);
        float[] values = new float[tensor.ElementCount];
        file.Read(tensor, values);
        return values;
    }
}
