using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>Embeddings as files.</summary>
public sealed class EmbeddingFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SamModel model = TestModels.Load("tiny");

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_saved_embedding_comes_back_whole()
    {
        string path = folder.File("one.safetensors");
        using SamEmbedding embedding = model.Encode(TestModels.Picture("playground_small").View);
        embedding.Save(path);
        using SamEmbedding loaded = SamEmbedding.Load(path);

        Assert.Equal(embedding.Values, loaded.Values);
        Assert.Equal(embedding.OriginalSizes, loaded.OriginalSizes);
        Assert.Equal(embedding.InputSizes, loaded.InputSizes);
        Assert.Equal(model.Sha256, loaded.ModelSha256);
        loaded.CheckModel(model);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal("[120, 180]", file.Metadata["original_size"]);
        Assert.Equal("[171, 256]", file.Metadata["input_size"]);
        Assert.True(file.Metadata.ContainsKey("samnative_version"));
        Assert.Equal(
            ["2", "[16, 16]", "16", "padded", "sam", "f32"],
            new[] { "embedding_version", "frame", "patch", "fit", "preprocessing", "precision" }.Select(key => file.Metadata[key]));
    }

    /// <summary>The first layout says nothing of the frame: it is a square, and its patch follows from the sizes.</summary>
    [Fact]
    public void A_file_of_the_first_version_is_read()
    {
        using SamEmbedding encoded = model.Encode(TestModels.Picture("playground_small").View);
        string path = folder.File("first.safetensors");
        SafetensorsWriter writer = new();
        writer.AddMetadata("original_size", "[120, 180]");
        writer.AddMetadata("input_size", "[171, 256]");
        writer.AddMetadata("model_sha256", model.Sha256);
        writer.AddMetadata("samnative_version", encoded.Version!);
        writer.Add("image_embedding", [1, 64, 16, 16], encoded.Values);
        writer.Add("something_else", [3], new float[3]);
        writer.Save(path);

        using SamEmbedding loaded = SamEmbedding.Load(path);

        Assert.Equal(encoded.Values, loaded.Values);
        Assert.Equal(new Frame(16, 16, 16), loaded.Frame);
        Assert.Empty(loaded.Extras);
        loaded.CheckModel(model);
        using SamPredictor ofLoaded = model.CreatePredictor(), ofEncoded = model.CreatePredictor();
        ofLoaded.SetEmbedding(loaded);
        ofEncoded.SetEmbedding(encoded);
        Assert.Equal(ofEncoded.Predict(SamPrompt.At(50, 37)).LogitValues, ofLoaded.Predict(SamPrompt.At(50, 37)).LogitValues);
    }

    [Fact]
    public void A_frame_that_was_cut_comes_back_with_further_tensors()
    {
        string path = folder.File("cut.safetensors");
        SamEmbedding two = new(2, 64, new Frame(11, 16, 16), model.Sha256) { HasValues = true };
        using (two)
        {
            two.SetSizes(0, new ImageSize(120, 180), new ImageSize(171, 256));
            two.SetSizes(1, new ImageSize(34, 52), new ImageSize(167, 256));
            two.Destination(0).Fill(1.5f);
            two.Destination(1).Fill(-2);
            two.Extras = [new EmbeddingTensor("taps.1", [2, 3], [1, 2, 3, 4, 5, 6]), new EmbeddingTensor("odd", [2], [7, 8])];
            two.Save(path);
        }

        using SamEmbedding loaded = SamEmbedding.Load(path);

        Assert.Equal(new Frame(11, 16, 16), loaded.Frame);
        Assert.Equal([2, 64, 11, 16], loaded.Tensor.Lengths.ToArray());
        Assert.Equal([new ImageSize(171, 256), new ImageSize(167, 256)], loaded.InputSizes);
        Assert.Equal(1.5f, loaded.At(0)[^1]);
        Assert.Equal(-2f, loaded.At(1)[0]);
        Assert.Equal(["odd", "taps.1"], loaded.Extras.Select(extra => extra.Name).Order());
        EmbeddingTensor taps = loaded.Extras.Single(extra => extra.Name == "taps.1");
        Assert.Equal([2L, 3L], taps.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], taps.Values);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(["[11, 16]", "tight"], new[] { file.Metadata["frame"], file.Metadata["fit"] });
    }

    [Fact]
    public void Encoding_into_an_embedding_forgets_its_further_tensors()
    {
        using SamEmbedding embedding = model.Encode(TestModels.Picture("tree_small").View);
        embedding.Extras = [new EmbeddingTensor("taps.1", [1], [7])];
        model.Encode(TestModels.Picture("playground_small").View, embedding);
        Assert.Empty(embedding.Extras);
    }

    [Theory]
    [InlineData("embedding_version", "3", EmbeddingError.OtherVersion)]
    [InlineData("embedding_version", "two", EmbeddingError.OtherVersion)]
    [InlineData("embedding_version", "", EmbeddingError.OtherVersion)]
    [InlineData("frame", "[16, 11]", EmbeddingError.WrongSize)]
    [InlineData("frame", "[16, 16]", EmbeddingError.WrongSize)]
    [InlineData("frame", "16", EmbeddingError.WrongSize)]
    [InlineData("frame", null, EmbeddingError.WrongSize)]
    [InlineData("patch", "8", EmbeddingError.WrongSize)]
    [InlineData("patch", "0", EmbeddingError.WrongSize)]
    [InlineData("patch", "-16", EmbeddingError.WrongSize)]
    [InlineData("patch", "1000000000", EmbeddingError.WrongSize)]
    [InlineData("patch", "sixteen", EmbeddingError.WrongSize)]
    [InlineData("patch", null, EmbeddingError.WrongSize)]
    [InlineData("fit", "padded", EmbeddingError.OtherVersion, "tight")]
    [InlineData("fit", "stretched", EmbeddingError.OtherVersion, "tight")]
    [InlineData("fit", null, EmbeddingError.WrongSize)]
    [InlineData("preprocessing", "other\n", EmbeddingError.OtherVersion, "sam")]
    [InlineData("preprocessing", null, EmbeddingError.WrongSize)]
    [InlineData("precision", "f16", EmbeddingError.OtherVersion, "f32")]
    [InlineData("precision", null, EmbeddingError.WrongSize)]
    [InlineData("input_size", "[171, 250]", EmbeddingError.WrongSize)]
    [InlineData("input_size", "[180, 256]", EmbeddingError.WrongSize)]
    [InlineData("original_size", "[150, 180]", EmbeddingError.WrongSize)]
    public void What_the_metadata_says_wrongly_is_refused_with_the_file_and_the_key(
        string key, string? value, EmbeddingError code, string known = "")
    {
        string path = WriteCut(metadata => metadata[key] = value);

        EmbeddingException error = Assert.Throws<EmbeddingException>(() => SamEmbedding.Load(path));

        Assert.Equal(code, error.Code);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(known, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(TensorDtype.F32, 2)]
    [InlineData(TensorDtype.F16, 1)]
    public void A_further_tensor_has_an_entry_per_picture(TensorDtype dtype, int count)
    {
        string path = WriteCut(_ => { }, writer => writer.Add("more", [count, 2], new float[2 * count], dtype));
        EmbeddingException error = Assert.Throws<EmbeddingException>(() => SamEmbedding.Load(path));
        Assert.Equal(EmbeddingError.WrongTensor, error.Code);
        Assert.Contains("more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_further_tensor_is_checked_for_numbers()
    {
        string path = WriteCut(_ => { }, writer => writer.Add("more", [1, 2], new[] { 1, float.NaN }));
        Assert.Contains(path, Assert.Throws<NonFiniteException>(() => SamEmbedding.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_pictures_come_back_with_their_sizes()
    {
        string path = folder.File("two.safetensors");
        using SamEmbedding embedding = model.Encode([TestModels.Picture("playground_small").View, TestModels.Picture("tree_small").View]);
        embedding.Save(path);
        using SamEmbedding loaded = SamEmbedding.Load(path);
        Assert.Equal(embedding.Values, loaded.Values);
        Assert.Equal([new ImageSize(120, 180), new ImageSize(97, 62)], loaded.OriginalSizes);
    }

    [Fact]
    public void An_existing_file_is_kept_unless_it_may_be_replaced()
    {
        string path = folder.File("kept.safetensors");
        File.WriteAllText(path, "mine");
        using SamEmbedding embedding = model.Encode(TestModels.Picture("tree_small").View);
        Assert.Throws<IOException>(() => embedding.Save(path));
        Assert.Equal("mine", File.ReadAllText(path));
        embedding.Save(path, overwrite: true);
        SamEmbedding.Load(path).Dispose();
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Another_model_s_embedding_is_refused_with_both_hashes()
    {
        string path = folder.File("other.safetensors");
        using SamModel demo = TestModels.Load("demo");
        using SamEmbedding embedding = model.Encode(TestModels.Picture("tree_small").View);
        embedding.Save(path);
        using SamEmbedding loaded = SamEmbedding.Load(path);
        EmbeddingException error = Assert.Throws<EmbeddingException>(() => loaded.CheckModel(demo));
        Assert.Equal(EmbeddingError.OtherModel, error.Code);
        Assert.Contains(model.Sha256, error.Message, StringComparison.Ordinal);
        Assert.Contains(demo.Sha256, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.9", false)]
    [InlineData("0.10.0", false)]
    [InlineData("1.1.0", false)]
    [InlineData("nonsense\n", false)]
    [InlineData("", false)]
    [InlineData(null, true)]
    public void An_embedding_of_another_minor_version_is_refused(string? version, bool accepted)
    {
        string path = WriteVersion(version);
        using SamEmbedding loaded = SamEmbedding.Load(path);

        Assert.Equal(version, loaded.Version);
        if (accepted)
        {
            loaded.CheckModel(model);
            return;
        }

        EmbeddingException error = Assert.Throws<EmbeddingException>(() => loaded.CheckModel(model));
        Assert.Equal(EmbeddingError.OtherVersion, error.Code);
        Assert.Contains("Encode the picture again", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_patch_keeps_the_arithmetic()
    {
        string[] own = EmbeddingMetadata.OwnVersion.Split('.');
        using SamEmbedding loaded = SamEmbedding.Load(WriteVersion($"{own[0]}.{own[1]}.999"));

        loaded.CheckModel(model);
    }

    [Fact]
    public void Encoding_into_a_loaded_embedding_makes_it_this_version_s()
    {
        using SamEmbedding loaded = SamEmbedding.Load(WriteVersion("0.0.9"));

        model.Encode(TestModels.Picture("tree_small").View, loaded);

        loaded.CheckModel(model);
    }

    [Theory]
    [InlineData("[120]")]
    [InlineData("[120, 180, 3]")]
    [InlineData("[0, 180]")]
    [InlineData("[-4, 180]")]
    [InlineData("[1e3, 180]")]
    [InlineData("[99999999, 180]")]
    [InlineData("[[120, 180], [120, 180]]")]
    [InlineData("[[120], [180]]")]
    [InlineData("{}")]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData(null)]
    public void A_size_that_is_none_is_refused_with_the_file_and_the_key(string? size)
    {
        string path = Write(size, "image_embedding", [1, 2, 3, 3], TensorDtype.F32);
        EmbeddingException error = Assert.Throws<EmbeddingException>(() => SamEmbedding.Load(path));
        Assert.Equal(EmbeddingError.WrongSize, error.Code);
        Assert.Contains("original_size", error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedding", 1, 3, 3, TensorDtype.F32)]
    [InlineData("image_embedding", 1, 3, 4, TensorDtype.F32)]
    [InlineData("image_embedding", 0, 3, 3, TensorDtype.F32)]
    [InlineData("image_embedding", 1, 3, 3, TensorDtype.F16)]
    public void A_tensor_that_is_no_embedding_is_refused(string name, int count, int height, int width, TensorDtype dtype)
    {
        string path = Write("[4, 4]", name, [count, 2, height, width], dtype);
        Assert.Equal(EmbeddingError.WrongTensor, Assert.Throws<EmbeddingException>(() => SamEmbedding.Load(path)).Code);
    }

    [Theory]
    [InlineData("[171, 256]", true)]
    [InlineData("[171.0, 2.56e2]", true)]
    [InlineData("[342, 512]", false)]
    [InlineData("[170, 256]", false)]
    [InlineData("[172, 256]", false)]
    [InlineData("[171, 257]", false)]
    [InlineData("[256, 171]", false)]
    [InlineData("[256, 256]", false)]
    [InlineData("[168, 252]", false)]
    [InlineData("[11, 16]", false)]
    [InlineData("[43691, 65536]", false)]
    [InlineData("[43702, 65552]", false)]
    [InlineData("[1000000, 1500000]", false)]
    public void The_encoders_size_follows_from_the_pictures(string input, bool isRight)
    {
        // For the first ones there may be a model with other patches; this one refuses them when they are to be used.
        string path = Write("[120, 180]", "image_embedding", [1, 64, 16, 16], TensorDtype.F32, input);
        using SamPredictor predictor = model.CreatePredictor();
        using AutomaticMaskGenerator generator = new(model);
        Exception? error = Record.Exception(() =>
        {
            using SamEmbedding loaded = SamEmbedding.Load(path);
            Assert.Equal(isRight, Record.Exception(() => generator.Generate(loaded)) is null);
            predictor.SetEmbedding(loaded);
        });

        Assert.Equal(isRight, error is null);
        if (error is EmbeddingException refused)
        {
            Assert.Equal(EmbeddingError.WrongSize, refused.Code);
            Assert.StartsWith($"{path}: input_size", refused.Message, StringComparison.Ordinal);
            Assert.Contains("original_size [120, 180]", refused.Message, StringComparison.Ordinal);
        }
        else if (error is not null)
        {
            Assert.Contains("which this model does not do", Assert.IsType<ArgumentException>(error).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_small_file_cannot_ask_for_large_masks()
    {
        const string Size = "[20000, 30000]";
        string path = Write(Size, "image_embedding", [1, 64, 16, 16], TensorDtype.F32, "[171, 256]");

        EmbeddingException error = Assert.Throws<EmbeddingException>(() => SamEmbedding.Load(path));

        Assert.Equal(EmbeddingError.TooLarge, error.Code);
        Assert.Contains($"original_size in the metadata is {Size}", error.Message, StringComparison.Ordinal);
        EmbeddingLimits limits = new() { MaxPixels = 600_000_000 };
        using SamEmbedding loaded = SamEmbedding.Load(path, limits);
        Assert.Equal(new ImageSize(20_000, 30_000), loaded.OriginalSize);
        Assert.Throws<EmbeddingException>(() => SamEmbedding.Load(path, limits with { MaxPixels = 599_999_999 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => limits with { MaxPixels = 1L << 31 });
    }

    [Fact]
    public void Sizes_are_checked_before_memory_is_taken()
    {
        MemoryStream stream = new(File.ReadAllBytes(Write("[9, 9]", "image_embedding", [1, 256, 64, 64], TensorDtype.F32, "[8, 9]")));
        long before = GC.GetAllocatedBytesForCurrentThread();

        EmbeddingException error = Assert.Throws<EmbeddingException>(() => SamEmbedding.Load(stream, "given"));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 18);
        Assert.StartsWith("given: input_size", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A file of the second layout, whose frame was cut, with changed metadata.</summary>
    private string WriteCut(Action<Dictionary<string, string?>> change, Action<SafetensorsWriter>? add = null)
    {
        Dictionary<string, string?> metadata = new()
        {
            ["embedding_version"] = "2",
            ["original_size"] = "[120, 180]",
            ["input_size"] = "[171, 256]",
            ["frame"] = "[11, 16]",
            ["patch"] = "16",
            ["fit"] = "tight",
            ["preprocessing"] = "sam",
            ["precision"] = "f32",
            ["model_sha256"] = "00",
        };
        string path = folder.File("changed.safetensors");
        SafetensorsWriter writer = new();
        change(metadata);
        foreach ((string key, string? value) in metadata.Where(pair => pair.Value is not null))
        {
            writer.AddMetadata(key, value!);
        }

        writer.Add("image_embedding", [1, 2, 11, 16], new float[2 * 11 * 16]);
        add?.Invoke(writer);
        writer.Save(path);
        return path;
    }

    /// <summary>An embedding of the tiny model, with another version in its metadata.</summary>
    private string WriteVersion(string? version)
    {
        string path = folder.File("version.safetensors");
        using SamEmbedding embedding = model.Encode(TestModels.Picture("tree_small").View);
        embedding.Version = version;
        embedding.Save(path);
        return path;
    }

    private string Write(string? size, string name, long[] shape, TensorDtype dtype, string input = "[4, 4]")
    {
        string path = folder.File("made.safetensors");
        SafetensorsWriter writer = new();
        if (size is not null)
        {
            writer.AddMetadata("original_size", size);
        }

        writer.AddMetadata("input_size", input);
        writer.AddMetadata("model_sha256", "00");
        writer.Add(name, shape, new float[shape.Aggregate(1L, (a, b) => a * b)], dtype);
        writer.Save(path);
        return path;
    }
}
