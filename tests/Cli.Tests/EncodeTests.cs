using System.Numerics.Tensors;
using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb encode.</summary>
public sealed class EncodeTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_picture_becomes_the_embedding_that_the_library_makes()
    {
        string[] arguments = ["encode", TestFiles.SmallPicture, "-m", "demo", "-o", "e.safetensors", "--json"];
        JsonElement json = Samnative.Run(folder, arguments).Json;

        using SamModel model = SamModel.Load(TestFiles.DemoModel);
        using SamEmbedding expected = model.Encode(ImageFile.Load(TestFiles.SmallPicture).View);
        using SamEmbedding written = SamEmbedding.Load(folder.File("e.safetensors"));
        written.CheckModel(model);
        Assert.Equal(new ImageSize(120, 180), written.OriginalSize);
        Assert.Equal(Values(expected), Values(written));
        Assert.Equal(["model", "model_sha256", "embeddings"], json.Keys());
        Assert.Equal(model.Sha256, json.Text("model_sha256"));
        JsonElement file = Assert.Single(json.Items("embeddings"));
        Assert.Equal(["input", "output", "shape"], file.Keys());
        Assert.Equal("e.safetensors", file.Text("output"));
        Assert.Equal([1, 128, 16, 16], file.Numbers("shape"));
    }

    [Fact]
    public void Stdin_and_stdout_take_the_place_of_files()
    {
        byte[] picture = File.ReadAllBytes(TestFiles.SmallPicture);

        Ran ran = Samnative.Run(folder, picture, [], "encode", "-", "-m", "demo", "-o", "-");
        Samnative.Run(folder, "encode", TestFiles.SmallPicture, "-m", "demo", "-o", "e.safetensors").Succeeded();

        Assert.Equal(File.ReadAllBytes(folder.File("e.safetensors")), ran.Succeeded().Output);
        Assert.Empty(ran.Error);
    }

    [Fact]
    public void A_folder_becomes_a_folder_and_bad_pictures_are_named()
    {
        Directory.CreateDirectory(folder.File("in"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/a.png"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/c.PNG"));
        folder.Write("in/b.jpg", "no picture");
        folder.Write("in/notes.txt", "no picture at all");

        Ran ran = Samnative.Run(folder, "encode", "in", "-m", "demo", "-o", "out/deep");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("b.jpg: this is not a PNG", ran.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 3 pictures failed:\n  in/b.jpg: this is not", ran.Error, StringComparison.Ordinal);
        Assert.Equal(2, ran.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(
            ["a.png.safetensors", "c.PNG.safetensors"],
            Directory.GetFiles(folder.File("out/deep")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            File.ReadAllBytes(folder.File("out/deep/a.png.safetensors")),
            File.ReadAllBytes(folder.File("out/deep/c.PNG.safetensors")));
    }

    [Fact]
    public void Preprocessed_values_are_taken_as_they_are()
    {
        using SamModel model = SamModel.Load(TestFiles.DemoModel);
        float[] values = new float[2 * 3 * 256 * 256];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.Sin(i * 0.01f);
        }

        SafetensorsWriter writer = new();
        writer.Add("pixel_values", [2, 3, 256, 256], values);
        writer.Save(folder.File("pixels.safetensors"));

        Samnative.Run(folder, "encode", "pixels.safetensors", "-m", "demo", "-o", "e.safetensors").Succeeded();

        using SamEmbedding expected = model.EncodePixelValues(new ReadOnlyTensorSpan<float>(values, [2, 3, 256, 256]));
        using SamEmbedding written = SamEmbedding.Load(folder.File("e.safetensors"));
        Assert.Equal(2, written.Count);
        Assert.Equal(Values(expected), Values(written));
    }

    [Fact]
    public void What_cannot_be_encoded_is_refused()
    {
        SafetensorsWriter writer = new();
        writer.Add("pixel_values", [1, 3, 8, 8], new float[3 * 8 * 8]);
        writer.Save(folder.File("small.safetensors"));
        File.WriteAllBytes(folder.File("cut.safetensors"), File.ReadAllBytes(folder.File("small.safetensors"))[..^1]);
        Directory.CreateDirectory(folder.File("none"));
        Directory.CreateDirectory(folder.File("some"));
        File.Copy(TestFiles.SmallPicture, folder.File("some/a.png"));
        string[] before = folder.Names;

        Encode("small.safetensors", "e")
            .Failed(1, "pixel_values of [n, 3, 256, 256]; the file has \"pixel_values\" F32 [1, 3, 8, 8]");
        Encode("cut.safetensors", "e").Failed(1, "cut.safetensors, byte ");
        Encode(TestFiles.DemoModel, "e").Failed(1, "the file has none of that name");
        Encode("none", "out").Failed(1, "none holds no pictures");
        Encode("some", "-").Failed(1, "name a folder");
        Encode("some", "small.safetensors").Failed(1, "small.safetensors is a file: name a folder");
        Encode("gone.png", "e").Failed(1, "Could not find file");
        Encode(TestFiles.SmallPicture, "small.safetensors").Failed(1, "small.safetensors exists");
        Samnative.Run(folder, "encode", TestFiles.SmallPicture).Failed(2, "'--output' is required");
        Samnative.Run(folder, "encode", TestFiles.SmallPicture, "-o", "-", "--json").Failed(2, "leave out --json");
        Assert.Equal(before, folder.Names);
    }

    private static float[] Values(SamEmbedding embedding)
    {
        float[] values = new float[embedding.Tensor.FlattenedLength];
        embedding.Tensor.FlattenTo(values);
        return values;
    }

    private Ran Encode(string input, string output) =>
        Samnative.Run(folder, "encode", input, "-m", "demo", "-o", output);
}
