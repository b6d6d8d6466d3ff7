using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>NaN and infinities end with 1, a sentence, and neither a file nor a part of a document.</summary>
public sealed class NonFiniteTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public static TheoryData<string, string> Overflows => new()
    {
        { OverflowingModel.Embedding, "The image encoder computed" },
        { OverflowingModel.Scores, "The mask decoder computed a score of" },
        { OverflowingModel.Logits, "The mask decoder computed" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Overflows))]
    public void A_model_that_overflows_writes_nothing(string tensor, string saying)
    {
        using (SyntheticCheckpoint tiny = new(SamConfig.Parse(ReferenceData.Config("tiny"), "tiny")))
        {
            File.WriteAllBytes(folder.File("m.safetensors"), OverflowingModel.Of(tiny, tensor));
        }

        foreach (string line in (string[])
            [
                "segment {0} -m m.safetensors --point 40,40 -o a.png --overlay b.png",
                "segment {0} -m m.safetensors --point 40,40 --json",
                "everything {0} -m m.safetensors --points-per-side 2 --pred-iou-thresh 0 --stability-score-thresh 0 --json",
                "everything {0} -m m.safetensors --points-per-side 2 --pred-iou-thresh 0 --stability-score-thresh 0 "
                    + "--format coco -o -",
            ])
        {
            Ran ran = Samnative.Run(folder, string.Format(null, line, TestFiles.SmallPicture).Split(' '));
            ran.Failed(1, saying);
            Assert.Contains("overflowed", ran.Error, StringComparison.Ordinal);
            Assert.Empty(ran.Text);
            Assert.Equal(["m.safetensors"], folder.Names);
        }
    }

    [Fact]
    public void Files_are_refused_by_their_names()
    {
        TestFiles.SynthTiny(folder);
        float[] pixels = new float[3 * 256 * 256];
        pixels[5] = float.NaN;
        Write("p.safetensors", "pixel_values", [1, 3, 256, 256], pixels);
        Samnative.Run(folder, "encode", "p.safetensors", "-m", "tiny.safetensors", "-o", "e.safetensors")
            .Failed(1, "p.safetensors: the pixel values hold NaN at flat position 5");

        float[] logits = new float[64 * 64];
        logits[^1] = float.NegativeInfinity;
        Write("l.safetensors", "low_res_logits", [1, 64, 64], logits);
        Samnative.Run(
            folder, "segment", TestFiles.SmallPicture, "-m", "tiny.safetensors", "--mask-input", "l.safetensors", "-o", "m.png")
            .Failed(1, "l.safetensors: the mask logits hold -Infinity at flat position 4095");
        Assert.False(File.Exists(folder.File("e.safetensors")));
        Assert.False(File.Exists(folder.File("m.png")));
    }

    [Fact]
    public void A_prompt_of_too_many_points_is_refused_with_the_limit()
    {
        string points = string.Join(',', Enumerable.Repeat("[1,1]", 1001));
        string labels = string.Join(',', Enumerable.Repeat("1", 1001));
        folder.Write("p.json", $$"""{"points":[{{points}}],"labels":[{{labels}}]}""");
        Samnative.Run(folder, "segment", TestFiles.SmallPicture, "-m", "demo", "--prompts", "p.json", "-o", "m.png")
            .Failed(1, "at most 1000 points");
    }

    private void Write(string name, string tensor, long[] shape, float[] values)
    {
        SafetensorsWriter writer = new();
        writer.Add(tensor, shape, values);
        writer.Save(folder.File(name));
    }
}
