using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Model.Tests;

/// <summary>Models and pictures of the reference values.</summary>
internal static partial class TestModels
{
    /// <summary>The configuration of a synthetic test model: tiny or vit_b.</summary>
    public static SamConfig Config(string name) => SamConfig.Parse(ReferenceData.Config(name), name);

    public static SamModel Load(string name, SamOptions? options = null) => name == "demo"
        ? SamModel.Load(ReferenceData.Find("demo.safetensors"), options)
        : SamModel.Load(new SyntheticCheckpoint(Config(name)), options);
}
