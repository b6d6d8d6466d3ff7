using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>Two layers in one pass against the same two layers in double precision.</summary>
public sealed class MlpTests
{
    public static TheoryData<int, int, int, int, bool> Shapes => new()
    {
        { 1, 16, 16, 16, true },
        { 5, 17, 100, 50, true },
        { 8, 48, 768, 96, false },
        { 13, 80, 769, 33, true },
        { 9, 33, 800, 48, true },
        { 7, 20, 1600, 70, false },
        { 16, 64, 2320, 64, true },
        { 3, 32, 3072, 48, true },
        { 3, 32, 4096, 48, true },
        { 3, 32, 5120, 48, true },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Layers_are_within_their_error_bound_and_the_same_at_every_level(
        int rows, int inputs, int hidden, int outputs, bool gelu)
    {
        LayerProblem layers = new(rows, inputs, hidden, outputs, gelu);
        float[] expected = layers.Run(IsaLevel.Scalar);
        layers.Check(expected);
        foreach (IsaLevel level in Levels.Available)
        {
            Assert.Equal(expected, layers.Run(level));
        }
    }
}
