using System.Security.Cryptography;
using System.Text;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Models in several files with an index: which files are opened, and all that can be wrong with them.</summary>
public sealed class ShardedFileTests : IDisposable
{
    private readonly Sharded model = new();

    public void Dispose() => model.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_the_shards_with_the_tower_are_opened(bool byFolder)
    {
        File.Delete(model.At(Sharded.Shard(1)));
        File.WriteAllText(model.At(Sharded.Shard(4)), "no weights at all");
        using TensorSource source = CheckpointFile.Open(byFolder ? model.Folder : model.Index);
        using SyntheticCheckpoint ours = new(Sharded.Config);

        TowerCheckpoint checkpoint = Assert.IsType<TowerCheckpoint>(ModelCheckpoint.Open(source));

        Assert.Equal(Sharded.Config with { Seed = null }, checkpoint.Config);
        Assert.Equal(model.Index, source.Name);
        Assert.Equal("safetensors, 2 of 4 shards opened", source.Format);
        Assert.Equal((4, 4), (source.UnopenedTensors, checkpoint.OtherTensors));
        Assert.Equal(ours.Tensors.Length, source.Tensors.Length);
        Assert.Equal(
            "4 tensors of other parts of the model, outside model.vision_tower_high., are not used.",
            Assert.Single(checkpoint.Notes, note => note.Contains("other parts")));
        Assert.Equal([("total_size", "1234"), ("source", "test")], source.Metadata.Select(pair => (pair.Key, pair.Value)));
        Assert.All(ours.Tensors, tensor =>
        {
            float[] expected = new float[tensor.ElementCount];
            float[] found = new float[tensor.ElementCount];
            ours.Read(tensor, expected);
            checkpoint.Read(tensor.Name, found);
            Assert.Equal(expected, found);
            checkpoint.ReadSlice(tensor.Name, tensor.ElementCount - 1, found.AsSpan(0, 1));
            Assert.Equal(expected[^1], found[0]);
        });
    }

    [Fact]
    public void The_hash_is_that_of_what_sha256sum_prints_for_the_index_and_the_opened_shards()
    {
        string[] names = [Sharded.IndexName, Sharded.Shard(2), Sharded.Shard(3)];
        string printed = string.Concat(names.Select(name =>
            $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(model.At(name))))}  {name}\n"));
        using TensorSource source = CheckpointFile.Open(model.Index);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(printed))), source.ComputeSha256());
        Assert.Throws<OperationCanceledException>(() => source.ComputeSha256(new CancellationToken(canceled: true)));
        source.Dispose();
        Assert.Throws<ObjectDisposedException>(() => source.ComputeSha256());
        Assert.Throws<ObjectDisposedException>(() => source.Read(source.Tensors[0], []));
    }

    [Fact]
    public void Of_a_whole_sam_all_shards_are_opened()
    {
        model.Map.Clear();
        using SyntheticCheckpoint sam = new(Configs.Tiny);
        foreach (IGrouping<int, TensorInfo> shard in sam.Tensors.GroupBy(tensor => tensor.Name.StartsWith("image_encoder.") ? 1 : 2))
        {
            SafetensorsWriter writer = new();
            foreach (TensorInfo tensor in shard)
            {
                writer.Add(tensor.Name, sam, tensor);
                model.Map[tensor.Name] = Sharded.Shard(shard.Key);
            }

            writer.Save(model.At(Sharded.Shard(shard.Key)), overwrite: true);
        }

        model.Save();
        using TensorSource source = CheckpointFile.Open(model.Index);

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.True(checkpoint.HasDecoder);
        Assert.Equal(Configs.Tiny.Depth, checkpoint.Config.Depth);
        Assert.Equal((0, "safetensors, 2 of 2 shards opened"), (source.UnopenedTensors, source.Format));
    }

    [Fact]
    public void A_model_that_is_not_known_is_refused_with_what_is_in_it()
    {
        foreach (string tensor in model.Map.Keys.Where(tensor => !tensor.Contains("layers")).ToList())
        {
            model.Map.Remove(tensor);
        }

        model.Save();
        using TensorSource source = CheckpointFile.Open(model.Index);

        CheckpointException error = Assert.Throws<CheckpointException>(() => ModelCheckpoint.Open(source));

        Assert.StartsWith($"{model.Index} is no SAM: none of its 4 tensors (\"model.layers.1.mlp.weight\"", error.Message);
        Assert.Contains(" tensors of the shards are not there by the index, and are not used.", Assert.Single(source.Notes));
    }

    [Fact]
    public void A_shard_in_pytorchs_format_is_read_as_well()
    {
        model.Map.Clear();
        File.Copy(ReferenceData.Find("torch_files/zip.pth"), model.At("pytorch_model-00001-of-00001.bin"));
        using (TensorSource whole = CheckpointFile.Open(model.At("pytorch_model-00001-of-00001.bin")))
        {
            foreach (TensorInfo tensor in whole.Tensors)
            {
                model.Map[tensor.Name] = "pytorch_model-00001-of-00001.bin";
            }
        }

        model.Save();
        using TensorSource source = CheckpointFile.Open(model.Index);

        TorchFiles.AssertHoldsEveryValue(SamCheckpoint.Open(source));
    }

    [Fact]
    public void All_missing_shards_are_told_at_once()
    {
        File.Delete(model.At(Sharded.Shard(2)));
        File.Delete(model.At(Sharded.Shard(3)));

        CheckpointException error = Refuse(CheckpointError.MissingShard);

        Assert.Equal(
            $"{model.Index}: 2 of the 2 shards that are needed are not beside the index: "
            + $"\"{Sharded.Shard(2)}\" with {Sharded.Config.Layout().Length - 2} tensors of the model, "
            + $"\"{Sharded.Shard(3)}\" with 2 tensors of the model. Fetch them, or copy them there.",
            error.Message);
    }

    [Fact]
    public void A_tensor_that_is_not_in_the_shard_the_index_says_is_named()
    {
        model.Map["model.vision_tower_high.net_2.weight"] = Sharded.Shard(2);
        model.Save();

        Assert.Equal(
            $"{model.Index} says that {model.At(Sharded.Shard(2))} holds tensors that it does not hold: "
            + "\"model.vision_tower_high.net_2.weight\". Fetch the index and the shards again, all of one version.",
            Refuse(CheckpointError.ShardMismatch).Message);
    }

    [Fact]
    public void A_damaged_shard_is_refused_under_its_own_name()
    {
        File.WriteAllBytes(model.At(Sharded.Shard(3)), File.ReadAllBytes(model.At(Sharded.Shard(3)))[..^1]);

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => CheckpointFile.Open(model.Index));

        Assert.Equal(model.At(Sharded.Shard(3)), error.FileName);
    }

    [Fact]
    public void Shards_are_closed_where_another_is_refused()
    {
        File.WriteAllText(model.At(Sharded.Shard(3)), "<html>");

        Assert.Throws<CheckpointException>(() => CheckpointFile.Open(model.Index));

        using FileStream exclusive = new(model.At(Sharded.Shard(2)), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Theory]
    [InlineData(Sharded.IndexName)]
    [InlineData("other.index.json")]
    public void An_index_is_no_shard_of_an_index(string name)
    {
        model.Map["model.vision_tower_high.net_2.weight"] = name;
        model.Save();
        File.Copy(model.Index, model.At("other.index.json"), overwrite: true);

        CheckpointException error = Refuse(CheckpointError.UnknownFormat);

        Assert.StartsWith($"{model.At(name)} is JSON, not weights", error.Message);
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/model.safetensors")]
    [InlineData("sub\\\\model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("model\\u0000.safetensors")]
    [InlineData("model\\u001b[2J.safetensors")]
    public void A_shard_that_is_no_plain_name_is_refused_wherever_it_leads(string shard)
    {
        model.Save("{\"weight_map\":{\"lm_head.weight\":\"" + shard + "\"}}");

        CheckpointException error = Refuse(CheckpointError.InvalidIndex);

        Assert.StartsWith($"{model.Index}, byte 32: the shard \"", error.Message);
        Assert.Contains("is not the plain name of a file beside the index", error.Message);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Theory]
    [InlineData("{", 0, "not JSON as an index has it")]
    [InlineData("{}x", 2, "not JSON as an index has it")]
    [InlineData("{\"weight_map\":[]}", 14, "weight_map an object is needed")]
    [InlineData("{\"weight_map\":{\"a\":1}}", 19, "the shard of \"a\" a string is needed")]
    [InlineData("{\"weight_map\":{\"a\":\"s\",\"a\":\"s\"}}", 27, "the tensor \"a\" is there twice")]
    [InlineData("{\"weight_map\":{},\"weight_map\":{}}", 17, "weight_map is there twice")]
    [InlineData("{\"weight_map\":{\"\\ud800\":\"s\"}}", 15, "not JSON as an index has it")]
    [InlineData("{\"metadata\":3,\"weight_map\":{}}", 12, "metadata an object is needed")]
    [InlineData("{\"x\":[[[[[[[[[[]]]]]]]]]]}", 12, "not JSON as an index has it")]
    public void An_index_that_breaks_a_rule_is_refused_with_the_place(string text, int position, string why)
    {
        model.Save(text);

        CheckpointException error = Refuse(CheckpointError.InvalidIndex);

        Assert.StartsWith($"{model.Index}, byte {position}: ", error.Message);
        Assert.Contains(why, error.Message);
        Assert.EndsWith("Fetch or write the index again.", error.Message);
    }

    [Fact]
    public void Text_that_is_no_utf8_is_no_index()
    {
        File.WriteAllBytes(model.Index, [.. "{\"a\":\""u8, 0xFF, .. "\"}"u8]);

        Assert.Contains("not UTF-8", Refuse(CheckpointError.InvalidIndex).Message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(" \r\n\t{\"weights\":{}}")]
    public void Json_without_a_map_is_no_index(string text)
    {
        model.Save(text);

        Assert.StartsWith(
            $"{model.Index} is JSON without a weight_map, and so no index", Refuse(CheckpointError.UnknownFormat).Message);
    }

    [Fact]
    public void An_empty_map_is_a_model_of_nothing()
    {
        model.Save("{\"weight_map\":{}}");
        using TensorSource source = CheckpointFile.Open(model.Index);

        Assert.Contains("none of its 0 tensors", ModelCheckpoint.TryOpen(source).Refusal!.Message);
    }

    [Fact]
    public void An_absurd_index_is_refused_before_any_file_is_opened()
    {
        using (FileStream huge = File.OpenWrite(model.Index))
        {
            huge.SetLength(ShardIndex.MaxBytes + 1);
        }

        Assert.Contains("has more than 67108864 bytes, which no index", Refuse(CheckpointError.InvalidIndex).Message);

        string shards = string.Join(',', Enumerable.Range(0, ShardIndex.MaxShards + 1).Select(n => $"\"{n}\":\"{n}\""));
        model.Save("{\"weight_map\":{" + shards + "}}");
        Assert.Contains("more than 1000000 tensors or 10000 shards", Refuse(CheckpointError.InvalidIndex).Message);

        string tensors = string.Join(',', Enumerable.Range(0, ShardIndex.MaxTensors + 1).Select(n => $"\"{n}\":\"s\""));
        model.Save("{\"weight_map\":{" + tensors + "}}");
        Assert.Contains("more than 1000000 tensors or 10000 shards", Refuse(CheckpointError.InvalidIndex).Message);
    }

    [Fact]
    public void An_index_is_given_by_its_path()
    {
        byte[] text = File.ReadAllBytes(model.Index);

        Assert.Contains(
            "is given by its path", Assert.Throws<CheckpointException>(() => CheckpointFile.Open(text)).Message);
        using MemoryStream stream = new(text);
        Assert.Contains(
            "is given by its path", Assert.Throws<CheckpointException>(() => CheckpointFile.Open(stream)).Message);
    }

    [Fact]
    public void Of_several_indexes_in_a_folder_one_has_to_be_given()
    {
        File.Copy(model.Index, model.At("a.index.json"));

        Assert.Equal(
            $"{model.Folder} is a folder: open one of the files in it: a.index.json, {Sharded.IndexName}.",
            Assert.Throws<IOException>(() => CheckpointFile.Open(model.Folder)).Message);
    }

    [Fact]
    public void A_safetensors_file_whose_header_is_as_long_as_a_brace_is_no_json()
    {
        // 0x7B bytes of header: the file begins with a brace.
        byte[] file = RawFile.Of("{}".PadRight(0x7B));
        File.WriteAllBytes(model.At("brace.safetensors"), file);

        using TensorSource source = CheckpointFile.Open(model.At("brace.safetensors"));

        Assert.IsType<SafetensorsFile>(source);
    }

    [Fact]
    public void A_link_to_another_file_of_the_folder_is_followed()
    {
        Rename(Sharded.Shard(2), "blob");
        File.CreateSymbolicLink(model.At(Sharded.Shard(2)), "blob");
        Directory.CreateSymbolicLink(Path.Combine(model.Root, "link"), model.Folder);

        using TensorSource source = CheckpointFile.Open(Path.Combine(model.Root, "link", Sharded.IndexName));

        Assert.IsType<TowerCheckpoint>(ModelCheckpoint.Open(source));
    }

    [Fact]
    public void A_link_out_of_the_folder_is_refused()
    {
        using TemporaryFolder elsewhere = new();
        File.Move(model.At(Sharded.Shard(2)), elsewhere.File("there"));
        File.CreateSymbolicLink(model.At(Sharded.Shard(2)), elsewhere.File("there"));

        Assert.Equal(
            $"{model.At(Sharded.Shard(2))} is a link that leads out of the folder of the index: put the file itself there.",
            Refuse(CheckpointError.ShardOutside).Message);

        // Also by way of a folder inside.
        File.Delete(model.At(Sharded.Shard(2)));
        Directory.CreateSymbolicLink(model.At("inside"), elsewhere.Path);
        File.CreateSymbolicLink(model.At(Sharded.Shard(2)), Path.Combine("inside", "there"));
        Refuse(CheckpointError.ShardOutside);

        // A folder whose name begins like this one is another folder.
        string beside = model.Folder.TrimEnd(Path.DirectorySeparatorChar) + "-beside";
        File.Delete(model.At(Sharded.Shard(2)));
        File.CreateSymbolicLink(model.At(Sharded.Shard(2)), Path.Combine(beside, "there"));
        Refuse(CheckpointError.ShardOutside);
    }

    [Fact]
    public void Links_that_lead_to_each_other_are_refused()
    {
        File.Delete(model.At(Sharded.Shard(2)));
        File.CreateSymbolicLink(model.At(Sharded.Shard(2)), "second");
        File.CreateSymbolicLink(model.At("second"), Sharded.Shard(2));

        IOException error = Assert.Throws<IOException>(() => CheckpointFile.Open(model.Index));

        Assert.StartsWith($"{model.At(Sharded.Shard(2))}: more than 40 links lead to each other.", error.Message);
    }

    [Fact]
    public void The_cache_of_hugging_face_is_read_as_it_is()
    {
        using Sharded cached = new(Path.Combine("models--a--b", "snapshots", "0123"));
        string blobs = Path.Combine(cached.Root, "models--a--b", "blobs");
        Directory.CreateDirectory(blobs);
        foreach (string file in Directory.GetFiles(cached.Folder))
        {
            string name = Path.GetFileName(file);
            File.Move(file, Path.Combine(blobs, name));
            File.CreateSymbolicLink(file, Path.Combine("..", "..", "blobs", name));
        }

        using TensorSource source = CheckpointFile.Open(cached.Folder);

        Assert.IsType<TowerCheckpoint>(ModelCheckpoint.Open(source));
        File.Delete(cached.At(Sharded.Shard(2)));
        File.CreateSymbolicLink(cached.At(Sharded.Shard(2)), Path.Combine("..", "..", "elsewhere"));
        Assert.Equal(
            CheckpointError.ShardOutside,
            Assert.Throws<CheckpointException>(() => CheckpointFile.Open(cached.Folder)).Code);
    }

    [Fact]
    public void A_relative_path_is_enough()
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, model.Index);

        using TensorSource source = CheckpointFile.Open(relative);

        Assert.Equal(relative, source.Name);
    }

    /// <summary>Whatever becomes of its bytes, an index is read or refused; it never fails in another way.</summary>
    [Fact]
    public void A_spoilt_index_is_read_or_refused()
    {
        Random random = new(23);
        byte[] good = Encoding.UTF8.GetBytes(
            "{\"metadata\":{\"total_size\":12},\"weight_map\":{\"a.b\":\"s1\",\"c\\u00e9\":\"s2\"},\"x\":[1,null]}");
        byte[] interesting = [.. "\"{}[]:,\\u/.0"u8, 0, 0xFF, 0x80, 0x1B];
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] spoilt = good[..random.Next(good.Length / 2, good.Length + 1)];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                spoilt[random.Next(spoilt.Length)] = interesting[random.Next(interesting.Length)];
            }

            try
            {
                Assert.All(ShardIndex.Parse(spoilt, "index").ShardOf.Values, shard => Assert.DoesNotContain('/', shard));
            }
            catch (CheckpointException error)
            {
                Assert.StartsWith("index", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\u001b', error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 10_000, 19_999);
    }

    private void Rename(string from, string to) => File.Move(model.At(from), model.At(to));

    private CheckpointException Refuse(CheckpointError code)
    {
        CheckpointException error = Assert.Throws<CheckpointException>(() => CheckpointFile.Open(model.Index).Dispose());
        Assert.Equal(code, error.Code);
        return error;
    }
}
