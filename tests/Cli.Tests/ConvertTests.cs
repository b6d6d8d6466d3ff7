using System.Text.Json;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb convert.</summary>
public sealed class ConvertTests : IDisposable
{
    /// <summary>What may be resident beyond what an idle program has.</summary>
    private const long MostBytes = 64 << 20;

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_result_is_the_library_s_and_segments_as_the_original_does()
    {
        JsonElement json = Samnative.Run(folder, "convert", "demo", "d.safetensors", "--dtype", "f32", "--json").Json;

        Assert.Equal(["input", "input_sha256", "output", "tensors", "parameters", "bytes"], json.Keys());
        Assert.Equal(3_812_864, json.GetProperty("parameters").GetInt64());
        Assert.Equal(new FileInfo(folder.File("d.safetensors")).Length, json.GetProperty("bytes").GetInt64());
        string[] sun = ["segment", TestFiles.Playground, "--point", TestFiles.SunPoint, "--json", "-m"];
        JsonElement original = Samnative.Run(folder, [.. sun, "demo"]).Json;
        JsonElement converted = Samnative.Run(folder, [.. sun, "d.safetensors"]).Json;
        Assert.Equal(original.GetProperty("masks").GetRawText(), converted.GetProperty("masks").GetRawText());
    }

    [Fact]
    public void The_encoder_alone_makes_the_same_embedding_and_no_masks()
    {
        Samnative.Run(folder, "convert", "demo", "e.safetensors", "--part", "encoder").Succeeded();

        Samnative.Run(folder, "encode", TestFiles.SmallPicture, "-m", "demo", "-o", "whole.safetensors").Succeeded();
        Samnative.Run(folder, "encode", TestFiles.SmallPicture, "-m", "e.safetensors", "-o", "part.safetensors")
            .Succeeded();
        using SafetensorsFile whole = SafetensorsFile.Open(folder.File("whole.safetensors"));
        using SafetensorsFile part = SafetensorsFile.Open(folder.File("part.safetensors"));
        Assert.Equal(Floats(whole), Floats(part));
        Ran segment = Samnative.Run(
            folder, "segment", TestFiles.SmallPicture, "-m", "e.safetensors", "--point", "1,1", "-o", "m.png");
        Assert.Equal(1, segment.ExitCode);
        Assert.Contains("holds the image encoder alone", segment.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Stdin_and_stdout_take_the_place_of_files_and_a_file_that_of_itself()
    {
        File.Copy(TestFiles.DemoModel, folder.File("demo.safetensors"));
        byte[] demo = File.ReadAllBytes(TestFiles.DemoModel);

        byte[] toStdout = Samnative.Run(folder, "convert", "demo.safetensors", "-").Succeeded().Output.ToArray();
        byte[] fromStdin = Samnative.Run(folder, demo, [], "convert", "-", "-").Succeeded().Output.ToArray();
        Samnative.Run(folder, "convert", "demo.safetensors", "demo.safetensors")
            .Failed(1, "demo.safetensors exists: choose another name, or replace it with --force");
        Samnative.Run(folder, "convert", "demo.safetensors", "demo.safetensors", "--force").Succeeded();

        Assert.Equal(toStdout, File.ReadAllBytes(folder.File("demo.safetensors")));
        using SafetensorsFile piped = SafetensorsFile.Open(fromStdin);
        Assert.Equal("<stdin>", piped.Metadata["source_name"]);
        Assert.Equal(["demo.safetensors"], folder.Names);
    }

    [Fact]
    public void What_cannot_be_converted_is_refused_and_leaves_nothing()
    {
        SafetensorsWriter big = new();
        using (SafetensorsFile demo = SafetensorsFile.Open(TestFiles.DemoModel))
        {
            foreach ((string key, string value) in demo.Metadata)
            {
                big.AddMetadata(key, value);
            }

            foreach (TensorInfo tensor in demo.Tensors)
            {
                float[] values = new float[tensor.ElementCount];
                demo.Read(tensor, values);
                values[^1] = tensor.Name == "mask_decoder.iou_token.weight" ? 1e5f : values[^1];
                big.Add(tensor.Name, tensor.Shape.AsSpan(), values);
            }

            big.Save(folder.File("big.safetensors"));
        }

        string[] before = folder.Names;

        Samnative.Run(folder, "convert", "big.safetensors", "x", "--dtype", "f16")
            .Failed(1, "big.safetensors: \"mask_decoder.iou_token.weight\" F16 [1, 128]: value 100000 at 127");
        Samnative.Run(folder, "convert", ReferenceData.Find("mask_utils.safetensors"), "x").Failed(1, "is no SAM");
        Samnative.Run(folder, "convert", TestFiles.Playground, "x").Failed(1, "playground.png");
        Samnative.Run(folder, "convert", "vit_b", "x").Failed(1, "vit_b is not downloaded");
        Samnative.Run(folder, "convert", "demo", "gone/x").Failed(1, "its folder does not exist");
        Samnative.Run(folder, "convert", "demo", "-", "--json").Failed(2, "leave out --json");
        Samnative.Run(folder, "convert", "demo", "x", "--dtype", "f64").Failed(2, "'f64' not recognized");
        Samnative.Run(folder, "convert", "demo", "x", "--part", "decoder").Failed(2, "'decoder' not recognized");
        Samnative.Run(folder, "convert", "demo").Failed(2, "'OUT' missing");
        Assert.Equal(before, folder.Names);
        Samnative.Run(folder, "convert", "big.safetensors", "x", "--dtype", "bf16").Succeeded();
    }

    [Fact]
    public void Values_with_a_wrong_checksum_are_converted_only_where_that_is_asked_for()
    {
        byte[] content = File.ReadAllBytes(ReferenceData.Find("torch_files/zip.pth"));
        using PyTorchFile sound = PyTorchFile.Open(content);
        Assert.True(sound.TryGet("mask_decoder.iou_token.weight", out TensorInfo? tensor));
        float[] values = new float[tensor.ElementCount];
        sound.Read(tensor, values);
        BitConverter.TryWriteBytes(content.AsSpan((int)tensor.Offset), values[0] = 7);
        File.WriteAllBytes(folder.File("changed.pth"), content);

        Samnative.Run(folder, "convert", "changed.pth", "x").Failed(1, "have the checksum");
        Samnative.Run(folder, content, [], "convert", "-", "x").Failed(1, "have the checksum");
        Samnative.Run(folder, "convert", "changed.pth", "x", "--ignore-crc").Succeeded();
        Samnative.Run(folder, content, [], "convert", "-", "y", "--ignore-crc").Succeeded();

        foreach (string name in new[] { "x", "y" })
        {
            using SafetensorsFile converted = SafetensorsFile.Open(folder.File(name));
            Assert.True(converted.TryGet(tensor.Name, out TensorInfo? same));
            float[] read = new float[values.Length];
            converted.Read(same, read);
            Assert.Equal(values, read);
        }
    }

    [Fact]
    public void Ctrl_C_ends_with_130_and_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with libc's kill");
        TestFiles.Synth(folder, "large", Large);
        string[] before = folder.Names;

        using RunningProgram run = Samnative.Start(
            folder, [], [], "convert", "large.safetensors", "out.safetensors", "--dtype", "f16");
        run.WaitUntil(() => folder.Names.Length > before.Length);
        run.PressControlC();

        run.End().Failed(130, "cancelled.");
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public void A_file_of_200_MB_takes_little_memory() => CheckMemory(Large);

    [Fact]
    public void A_file_of_ViT_B_takes_little_memory()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1", "files of 375 MB: set SAMNATIVE_LONG=1");
        CheckMemory(SamConfig.VitB);
    }

    /// <summary>A file of 200 MB.</summary>
    private static SamConfig Large => SamConfig.VitB with { Depth = 6, GlobalAttnIndexes = [2, 5] };

    private void CheckMemory(SamConfig config)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak is read from /proc");
        string model = TestFiles.Synth(folder, "large", config);
        Assert.InRange(new FileInfo(folder.File(model)).Length, 180_000_000, 400_000_000);

        long idle = Peak("info");
        long half = Peak("convert", model, "half.safetensors", "--dtype", "f16");
        long same = Peak("convert", model, "same.safetensors");

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"peak: info {idle >> 20} MB, convert to f16 {half >> 20} MB, as it is {same >> 20} MB");
        Assert.InRange(half - idle, long.MinValue, MostBytes);
        Assert.InRange(same - idle, long.MinValue, MostBytes);
    }

    /// <summary>The peak of a run, looked at until it ends.</summary>
    private long Peak(params string[] arguments)
    {
        using RunningProgram run = Samnative.Start(folder, [], [], arguments);
        long peak = 0;
        while (!run.HasEnded)
        {
            peak = Math.Max(peak, run.PeakMemory);
            Thread.Sleep(1);
        }

        run.End().Succeeded();
        return peak;
    }

    private static float[] Floats(SafetensorsFile embedding)
    {
        float[] values = new float[embedding.Tensors[0].ElementCount];
        embedding.Read(embedding.Tensors[0], values);
        return values;
    }
}
