using System.Text.Json;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb verify, and what inspect shows of the same files.</summary>
public sealed class VerifyTests : IDisposable
{
    private const int ScreenWidth = 120;

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> TorchFiles()
    {
        using JsonDocument json = ReadTorchFiles();
        return [.. json.RootElement.GetProperty("files").EnumerateObject().Select(file => file.Name)];
    }

    [Fact]
    public void A_sound_file_is_called_so()
    {
        Ran ran = Samnative.Run(folder, "verify", "demo").Succeeded();
        JsonElement json = Samnative.Run(folder, "verify", TestFiles.DemoModel, "--json").Json;

        Assert.Empty(ran.Error);
        using SafetensorsFile file = SafetensorsFile.Open(TestFiles.DemoModel);
        Assert.Contains($"sha256   {file.ComputeSha256()}\n", ran.Text, StringComparison.Ordinal);
        Assert.Contains("known    no published file has this hash\n", ran.Text, StringComparison.Ordinal);
        Assert.EndsWith("result   sound\n", ran.Text, StringComparison.Ordinal);
        Assert.Equal(
            [
                "file", "format", "ok", "sha256", "model", "has_decoder", "notes", "problems", "key_problems",
                "non_finite", "tensors",
            ],
            json.Keys());
        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal("safetensors", json.Text("format"));
        Assert.Equal(file.Tensors.Select(tensor => tensor.Name), json.Items("tensors").Select(tensor => tensor.Text("key")));
    }

    [Fact]
    public void Every_tensor_has_the_hash_that_was_written_down()
    {
        string path = ReferenceData.Find("torch_files/hf_keys.safetensors");
        string text = Samnative.Run(folder, "verify", path, "--tensors").Succeeded().Text;
        JsonElement json = Samnative.Run(folder, "verify", path, "--json").Json;

        using JsonDocument expected = ReadTorchFiles();
        JsonElement tensors = expected.RootElement.GetProperty("tensors");
        JsonElement[] found = json.Items("tensors");
        Assert.Equal(tensors.EnumerateObject().Count(), found.Length);
        foreach (JsonElement tensor in found)
        {
            Assert.Equal(["name", "key", "dtype", "shape", "sha256"], tensor.Keys());
            Assert.Equal(tensors.GetProperty(tensor.Text("key")).Text("sha256"), tensor.Text("sha256"));
            Assert.Contains($"{tensor.Text("sha256")}  {tensor.Text("name")}\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Everything_wrong_is_listed()
    {
        SafetensorsWriter writer = new();
        using (SafetensorsFile demo = SafetensorsFile.Open(TestFiles.DemoModel))
        {
            foreach (TensorInfo tensor in demo.Tensors.Where(tensor => tensor.Name != "image_encoder.pos_embed"))
            {
                float[] values = new float[tensor.ElementCount];
                demo.Read(tensor, values);
                values[1] = tensor.Name.EndsWith("neck.1.bias", StringComparison.Ordinal) ? float.NaN : values[1];
                writer.Add(tensor.Name, tensor.Shape.AsSpan(), values);
            }
        }

        writer.Add("evil\u202E[31m", [1], new float[1]);
        writer.Save(folder.File("bad.safetensors"));

        Ran ran = Samnative.Run(folder, "verify", "bad.safetensors");
        Ran asJson = Samnative.Run(folder, "verify", "bad.safetensors", "--json");

        Assert.Equal(1, ran.ExitCode);
        Assert.Equal("samnative: bad.safetensors is not sound, problems: 4, all listed.\n", ran.Error);
        Assert.Contains("missing image_encoder.pos_embed, expected [1, 16, 16, 192]", ran.Text, StringComparison.Ordinal);
        Assert.Contains("unexpected evil\\u202e[31m, found F32 [1]", ran.Text, StringComparison.Ordinal);
        Assert.Contains("image_encoder.neck.1.bias holds NaN at flat position 1", ran.Text, StringComparison.Ordinal);
        Assert.EndsWith("result   not sound, problems: 4\n", ran.Text, StringComparison.Ordinal);
        Assert.All(ran.Text.Split('\n'), line => Assert.True(line.Length <= ScreenWidth, line));
        Assert.Equal(1, asJson.ExitCode);
        using JsonDocument json = JsonDocument.Parse(asJson.Output);
        Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(["missing", "unexpected"], json.RootElement.Items("key_problems").Select(key => key.Text("kind")));
        JsonElement value = Assert.Single(json.RootElement.Items("non_finite"));
        Assert.Equal(("image_encoder.neck.1.bias", "NaN"), (value.Text("name"), value.Text("value")));
        Assert.Equal(1, value.GetProperty("index").GetInt64());
    }

    [Fact]
    public void A_published_file_is_known_by_its_hash_and_so_is_whether_that_is_confirmed()
    {
        Assert.Equal("vit_b", KnownCheckpoint.FindHash("ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912")?.Name);
        Assert.Null(KnownCheckpoint.FindHash(new string('0', 64)));
        Assert.Equal(
            [("vit_b", true), ("vit_l", false), ("vit_h", false)],
            KnownCheckpoint.All.Select(known => (known.Name, known.IsConfirmed)));
        Assert.Equal("vit_b, published as sam_vit_b_01ec64.pth", VerifyVerb.Describe(KnownCheckpoint.All[0]));
        Assert.EndsWith("unconfirmed", VerifyVerb.Describe(KnownCheckpoint.All[2]), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_refused()
    {
        File.WriteAllBytes(folder.File("cut.safetensors"), File.ReadAllBytes(TestFiles.DemoModel)[..5000]);

        Samnative.Run(folder, "verify", "cut.safetensors").Failed(1, "The file is incomplete or damaged");
        Samnative.Run(folder, "verify", "vit_b").Failed(1, "vit_b is not downloaded");
        Samnative.Run(folder, "verify", "gone").Failed(1, "neither a file nor a known model");
        Samnative.Run(folder, "verify").Failed(2, "'FILE' missing");
    }

    [Fact]
    public void What_is_ignored_is_named_and_an_attack_called_one()
    {
        string path = ReferenceData.Find("torch_files/training.pth");
        foreach (string verb in new[] { "verify", "inspect" })
        {
            string[] notes =
                [.. Samnative.Run(folder, verb, path, "--json").Json.Items("notes").Select(note => note.GetString()!)];

            Assert.Equal(
                "Warning: when PyTorch loads this file, it may run \"posix.system\". Here nothing in it is run. "
                + "Use the file nowhere else.",
                notes[0]);
            Assert.Contains("\"epoch\" (a number)", notes[1], StringComparison.Ordinal);
            Assert.Contains("\"argparse.Namespace\"", notes[2], StringComparison.Ordinal);
            Assert.Contains("num_batches_tracked", notes[3], StringComparison.Ordinal);
        }

        Assert.EndsWith("result   sound\n", Samnative.Run(folder, "verify", path).Succeeded().Text, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("pwned")));
    }

    /// <summary>Every verb that loads a model has the option; two kinds of them stand for all.</summary>
    [Fact]
    public void Further_tensors_are_refused_with_the_option_that_leaves_them_out()
    {
        SafetensorsWriter writer = new();
        using (SafetensorsFile demo = SafetensorsFile.Open(TestFiles.DemoModel))
        {
            foreach (TensorInfo tensor in demo.Tensors)
            {
                float[] values = new float[tensor.ElementCount];
                demo.Read(tensor, values);
                writer.Add(tensor.Name, tensor.Shape.AsSpan(), values);
            }
        }

        writer.Add("adapter.weight", [2], new float[2]);
        writer.Save(folder.File("more.safetensors"));
        string[][] commands =
        [
            ["convert", "more.safetensors", "c.safetensors"],
            ["segment", TestFiles.Playground, "-m", "more.safetensors", "--point", TestFiles.SunPoint, "-o", "sun.png"],
        ];
        foreach (string[] command in commands)
        {
            Samnative.Run(folder, command).Failed(1, "--ignore-unexpected");
            Ran ran = Samnative.Run(folder, [.. command, "--ignore-unexpected"]).Succeeded();
            Assert.Contains("left out: \"adapter.weight\" F32 [2].", ran.Error, StringComparison.Ordinal);
        }

        Ran refused = Samnative.Run(folder, "verify", "more.safetensors");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--ignore-unexpected", string.Join(' ', refused.Text.Split()), StringComparison.Ordinal);
        foreach (string verb in new[] { "verify", "inspect" })
        {
            string text = Samnative.Run(folder, verb, "more.safetensors", "--ignore-unexpected").Succeeded().Text;
            Assert.Contains("left out: \"adapter.weight\" F32 [2].", text, StringComparison.Ordinal);
        }

        foreach (string verb in new[] { "everything", "encode", "bench", "profile", "serve" })
        {
            Assert.Contains("--ignore-unexpected", Samnative.Run(folder, verb, "--help").Succeeded().Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(TorchFiles))]
    public void Inspect_shows_every_file_and_why_it_is_no_model(string name)
    {
        using JsonDocument json = ReadTorchFiles();
        string what = json.RootElement.GetProperty("files").Text(name);
        Ran ran = Samnative.Run(folder, "inspect", ReferenceData.Find($"torch_files/{name}"));
        Assert.All(ran.Text.Split('\n'), line => Assert.True(line.Length <= ScreenWidth, line));
        Assert.DoesNotContain("   at ", ran.Error, StringComparison.Ordinal);
        if (ran.ExitCode == 0)
        {
            bool isModel = ran.Text.Contains("\nmodel     SAM, ", StringComparison.Ordinal)
                || ran.Text.Contains("\nmodel    SAM, ", StringComparison.Ordinal);
            Assert.Equal(what.Contains("must be refused", StringComparison.Ordinal), !isModel);
            Assert.Contains("\nformat ", ran.Text, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("refused", what, StringComparison.Ordinal);
            Assert.Contains(name, ran.Error, StringComparison.Ordinal);
        }
    }

    private static JsonDocument ReadTorchFiles() =>
        JsonDocument.Parse(File.ReadAllText(ReferenceData.Find("torch_files/torch_files.json")));
}
