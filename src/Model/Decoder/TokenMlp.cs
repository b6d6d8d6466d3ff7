using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The MLP of the prompt's tokens, in parts that workers share: a prompt has few tokens, so what takes the time is reading
/// the weights. A part of the first layer makes some of the hidden channels, a part of the second some of the result's.
/// </summary>
internal sealed class TokenMlp
{
    private const int MostParts = 4;

    private TokenMlp(Linear[] first, Linear[] second)
    {
        First = first;
        Second = second;
    }

    /// <summary>Width to Hidden / parts each.</summary>
    public Linear[] First { get; }

    /// <summary>Hidden to Width / parts each.</summary>
    public Linear[] Second { get; }

    /// <summary>1 where the layers are whole.</summary>
    public int Parts => First.Length;

    public static TokenMlp Load(WeightLoader loader, DecoderGeometry g, string name)
    {
        int parts = CanSplit(g) ? MostParts : 1;
        return new TokenMlp(Split(loader, name + "lin1", g.Width, g.Hidden, parts), Split(loader, name + "lin2", g.Hidden, g.Width, parts));
    }

    /// <summary>
    /// Parts must be whole lanes, and the second product's K blocks the same as where the hidden layer is made in chunks
    /// (<see cref="MatrixProduct.RunMlp"/>): a last chunk that is short would be cut in two.
    /// </summary>
    private static bool CanSplit(DecoderGeometry g)
    {
        int rest = g.Hidden % MatrixProduct.HiddenChunk;
        bool sameBlocks = g.Hidden <= MatrixProduct.HiddenChunk || rest == 0 || rest >= MatrixProduct.HiddenChunk / 2;
        return sameBlocks && g.Width % (MostParts * Lane.Count) == 0 && g.Hidden % (MostParts * Lane.Count) == 0;
    }

    private static Linear[] Split(WeightLoader loader, string name, int inputs, int outputs, int parts)
    {
        Linear[] layers = new Linear[parts];
        int[] rows = [.. Enumerable.Range(0, inputs)];
        for (int i = 0; i < parts; i++)
        {
            int[] columns = [.. Enumerable.Range(i * (outputs / parts), outputs / parts)];
            layers[i] = loader.Linear(name + ".weight", name + ".bias", inputs, new LinearMap(columns, rows, columns));
        }

        return layers;
    }
}
