namespace SamNative;

/// <summary>
/// A 3 x 3 convolution without bias, padded by one, perhaps with a LayerNorm2d behind it; packed for the kernels. Its inputs
/// are a token's nine neighbours as [row, column, channel].
/// </summary>
internal sealed class Convolution
{
    /// <summary>Neighbours of a token, itself among them.</summary>
    public const int Taps = 9;

    /// <summary>Outputs of a part: whole panels at every instruction set.</summary>
    private const int PartOutputs = 192;

    /// <param name="weight">The name of its weight, [outputs, inputs, 3, 3].</param>
    /// <param name="inputs">Channels of what it is given.</param>
    /// <param name="outputs">Channels of its result.</param>
    public Convolution(WeightLoader loader, string weight, int inputs, int outputs, Norm? norm = null)
    {
        Norm = norm;
        LinearMap whole = LinearMap.Convolution(inputs, 3, outputs);
        Parts = new Linear[PartsOf(outputs, norm is not null)];
        for (int i = 0; i < Parts.Length; i++)
        {
            Parts[i] = loader.Linear(weight, null, Taps * inputs, Parts.Length == 1 ? whole : Part(whole, i));
        }
    }

    /// <summary>
    /// The weight, its outputs cut into parts that workers take by themselves: a small map has too few tokens for many
    /// workers. One part where a norm needs all outputs of a token.
    /// </summary>
    public Linear[] Parts { get; }

    /// <summary>What follows; null where nothing does.</summary>
    public Norm? Norm { get; }

    /// <summary>The first output of a part.</summary>
    public static int FirstOutput(int part) => part * PartOutputs;

    /// <summary>The size of the result along a side.</summary>
    public static int Outputs(int inputs, int stride) => ((inputs - 1) / stride) + 1;

    private static int PartsOf(int outputs, bool hasNorm) => hasNorm ? 1 : (outputs + PartOutputs - 1) / PartOutputs;

    private static LinearMap Part(LinearMap whole, int part)
    {
        int first = FirstOutput(part);
        int end = Math.Min(first + PartOutputs, whole.ColumnOf.Length);
        return whole with { ColumnOf = whole.ColumnOf[first..end], BiasOf = whole.BiasOf[first..end] };
    }
}
