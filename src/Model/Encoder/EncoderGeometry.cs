using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// Sizes that follow from a configuration, and how its activations lie in memory.
/// </summary>
internal sealed class EncoderGeometry
{
    /// <summary>With fewer there are too few blocks of rows to share, and the sums of weights cost more than they save.</summary>
    private const int FewestTokens = 8 * StrassenProduct.BlockRows;

    /// <param name="plain">See <see cref="SamOptions.Plain"/>.</param>
    public EncoderGeometry(SamConfig config, bool plain)
    {
        Grid = config.ImgSize / config.PatchSize;
        Tokens = Grid * Grid;
        Width = config.EmbedDim;
        Heads = config.NumHeads;
        HeadDim = Width / Heads;
        HeadLanes = Lane.RoundUp(HeadDim);
        Stride = RowLayout.Stride(Width);
        HeadsStride = RowLayout.Stride(Heads * HeadLanes);
        Window = config.WindowSize;
        WindowsPerSide = (Grid + Window - 1) / Window;
        NeckWidth = config.PromptEmbedDim;
        NeckStride = RowLayout.Stride(NeckWidth);
        Hidden = config.MlpDim;
        Strassen = !plain && Tokens >= FewestTokens
            && StrassenMatrix.Fits(Width, 3 * Heads * HeadLanes, int.MaxValue)
            && StrassenMatrix.Fits(Heads * HeadLanes, Width, int.MaxValue)
            && StrassenMatrix.Fits(Width, Hidden, int.MaxValue)
            && StrassenMatrix.Fits(Hidden, Width, PackedMatrix.Chunk);
        int block = Strassen ? StrassenProduct.BlockRows : 1;
        RowsOfSlots = ((Tokens + block - 1) / block * block) + RowLayout.SpareRows;
    }

    /// <summary>
    /// Whether the linear layers over all tokens use <see cref="StrassenProduct"/>: decided by the model's shape, so that
    /// its arithmetic is the same everywhere.
    /// </summary>
    public bool Strassen { get; }

    /// <summary>Rows of the slots that hold a row per token: whole blocks, and spare rows behind them.</summary>
    public int RowsOfSlots { get; }

    /// <summary>Tokens per side.</summary>
    public int Grid { get; }

    public int Tokens { get; }

    /// <summary>Channels of a token.</summary>
    public int Width { get; }

    public int Heads { get; }

    public int HeadDim { get; }

    public int HeadLanes { get; }

    /// <summary>Floats from one token to the next in x.</summary>
    public int Stride { get; }

    /// <summary>Floats from one token to the next in q: [Heads, HeadLanes].</summary>
    public int HeadsStride { get; }

    /// <summary>Tokens per side of a window.</summary>
    public int Window { get; }

    public int WindowsPerSide { get; }

    public int NeckWidth { get; }

    public int NeckStride { get; }

    /// <summary>Channels of the MLP's hidden layer.</summary>
    public int Hidden { get; }

    /// <summary>One head's keys and values in a block: of a window, or of the whole grid.</summary>
    public AttentionHead Head(bool global)
    {
        int side = global ? Grid : Window;
        return new AttentionHead { Groups = side, Width = side, HeadDim = HeadDim };
    }

    /// <summary>How many windows a block has; 1 where it attends globally.</summary>
    public int Windows(bool global) => global ? 1 : WindowsPerSide * WindowsPerSide;
}
