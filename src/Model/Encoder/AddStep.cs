using SamNative.Kernels;

namespace SamNative;

/// <summary>map = map + factor * other.</summary>
/// <param name="factor">The factor; 0 for a step to look at.</param>
internal sealed unsafe class AddStep(string name, ActivationMap map, ActivationMap other, float factor)
    : EncoderStep(Describe(name, map), [map, other], [map])
{
    /// <summary>A piece is a row of the map.</summary>
    internal override int Pieces => map.Rows;

    internal override nint ScratchFloats(KernelSet kernels) => 0;

    internal override void Run(EncoderRun run, int piece, float* scratch)
    {
        nint first = (nint)piece * map.Columns * map.Stride;
        float* sum = run.At(map) + first;
        float* added = run.At(other) + first;
        for (int i = 0; i < map.Columns * map.Stride; i++)
        {
            sum[i] += factor * added[i];
        }
    }

    private static StepDescription Describe(string name, ActivationMap map)
    {
        int[] shape = [map.Rows, map.Columns, map.Channels];
        return new StepDescription(name, "sum", string.Empty, shape, shape, 2L * map.Tokens * map.Channels, 1);
    }
}
