using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Tower;

/// <summary>The real size against the original.</summary>
public sealed class VisualTowerVitBTests
{
    [Fact]
    public void Tokens_are_the_original_s()
    {
        using ReferenceTensors reference = ReferenceTensors.Open("vit_b.tower.safetensors");
        using VisualTower tower = VisualTower.Load(new SyntheticCheckpoint(TowerConfig.VitB with { Seed = 0 }));

        ViewFeatures whole = tower.Encode(TestModels.Picture("dog").View).Whole;

        Assert.Equal([1, 256, 1024], whole.Tokens.Lengths.ToArray());
        Closeness closeness = Closeness.Of(whole.At(0), reference.Floats("tokens"));
        TestContext.Current.TestOutputHelper?.WriteLine(closeness.ToString());
        Assert.True(closeness.MaxAbs <= 3e-5 && closeness.RelativeRms <= 5e-6, closeness.ToString());
    }
}
