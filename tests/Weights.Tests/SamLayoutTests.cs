using System.Collections.Immutable;
using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class SamLayoutTests
{
    [Fact]
    public void Vit_b_has_314_tensors_and_93735728_values()
    {
        SamLayout layout = new(SamConfig.VitB);

        Assert.Equal((314, 93_735_728), Count(layout.Tensors));
        Assert.Equal((177, 89_670_912), Count(layout.Encoder));
        Assert.Equal((17, 6_476), Count(layout.PromptEncoder));
        Assert.Equal((120, 4_058_340), Count(layout.MaskDecoder));
    }

    [Fact]
    public void Vit_l_and_vit_h_have_the_published_number_of_values()
    {
        // As published, and the 256 values of the position matrix, which is no parameter.
        Assert.Equal((482, 312_342_832 + 256), Count(new SamLayout(SamConfig.VitL).Tensors));
        Assert.Equal((594, 641_090_608 + 256), Count(new SamLayout(SamConfig.VitH).Tensors));
    }

    [Theory]
    [InlineData("tiny.checkpoint.json")]
    [InlineData("vit_b.checkpoint.json")]
    public void Names_shapes_and_order_are_those_of_the_state_dict(string reference)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(ReferenceData.Find(reference)));
        SamConfig config = SamConfig.Parse(json.RootElement.GetProperty("config").GetRawText(), reference);

        Assert.Equal(
            json.RootElement.GetProperty("tensors").EnumerateObject().Select(tensor =>
                $"{tensor.Name} {string.Join(',', tensor.Value[0].EnumerateArray().Select(side => side.GetInt64()))}"),
            new SamLayout(config).Tensors.Select(tensor => $"{tensor.Name} {string.Join(',', tensor.Shape)}"));
    }

    [Fact]
    public void An_impossible_configuration_has_no_layout()
    {
        CheckpointException error = Assert.Throws<CheckpointException>(
            () => new SamLayout(SamConfig.VitB with { Depth = 0 }));

        Assert.Equal(
            "The configuration describes an impossible model: depth is 0, not between 1 and 1000.", error.Message);
    }

    private static (int Tensors, long Values) Count(ImmutableArray<LayoutTensor> tensors) =>
        (tensors.Length, tensors.Sum(tensor => tensor.ElementCount));
}
