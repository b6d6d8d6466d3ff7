using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Encoder;

/// <summary>The unfused scalar executor against every intermediate of the original, computed in float64.</summary>
public sealed class ReferenceEncoderTests
{
    private const double Bar = 1e-5;

    [Theory]
    [InlineData("playground_small")]
    [InlineData("tree_small")]
    public void Every_named_tensor_of_the_tiny_model_is_the_original_s(string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"tiny.{picture}.encoder.safetensors");
        SamConfig config = TestModels.Config("tiny");
        using SyntheticCheckpoint source = new(config);
        HashSet<string> seen = [];
        ReferenceEncoder encoder = new(SamCheckpoint.Open(source), Frame.Square(config.ImgSize, config.PatchSize), (name, values) =>
        {
            seen.Add(name);
            Closeness closeness = Closeness.Of(values, reference.Floats(name));
            Assert.True(closeness.MaxAbs <= Bar * closeness.Rms, $"{name} is the first bad tensor: {closeness}");
        });

        encoder.Run(reference.Floats("pixel_values"));

        Assert.Equal(reference.Names.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }
}
