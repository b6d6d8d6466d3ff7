using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>Sizes that follow from a configuration and the frame that is run, and the form of the linear layers.</summary>
internal sealed class VitGeometry
{
    /// <summary>With fewer there are too few blocks of rows to share, and the sums of weights cost more than they save.</summary>
    private const int FewestTokens = 8 * StrassenProduct.BlockRows;

    private VitGeometry(VitConfig config, Frame frame, LinearForm form)
    {
        Config = config;
        Frame = frame;
        Form = form;
        Width = config.EmbedDim;
        Heads = config.NumHeads;
        HeadDim = Width / Heads;
        HeadLanes = Lane.RoundUp(HeadDim);
        Stride = RowLayout.Stride(Width);
        HeadsStride = RowLayout.Stride(Heads * HeadLanes);
        Window = config.WindowSize;
        WindowRows = (frame.Rows + Window - 1) / Window;
        WindowColumns = (frame.Columns + Window - 1) / Window;
        Hidden = config.MlpDim;
    }

    public VitConfig Config { get; }

    /// <summary>The tokens that are run; the configuration's own square is another thing.</summary>
    public Frame Frame { get; }

    /// <summary>
    /// How the linear layers over all tokens are multiplied: decided once by the shapes of the weights and the square, so
    /// that a model's arithmetic is the same everywhere and on all of its frames.
    /// </summary>
    public LinearForm Form { get; }

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

    /// <summary>Windows from top to bottom.</summary>
    public int WindowRows { get; }

    /// <summary>Windows from left to right.</summary>
    public int WindowColumns { get; }

    /// <summary>Channels of the MLP's hidden layer.</summary>
    public int Hidden { get; }

    /// <summary>The sizes on a square of side pixels.</summary>
    /// <param name="plain">See <see cref="SamOptions.Plain"/>.</param>
    public static VitGeometry Square(VitConfig config, int side, bool plain)
    {
        Frame square = Frame.Square(side, config.PatchSize);
        int heads = config.NumHeads * Lane.RoundUp(config.EmbedDim / config.NumHeads);
        bool fits = !plain && square.Tokens >= FewestTokens
            && StrassenMatrix.Fits(config.EmbedDim, 3 * heads, int.MaxValue)
            && StrassenMatrix.Fits(heads, config.EmbedDim, int.MaxValue)
            && StrassenMatrix.Fits(config.EmbedDim, config.MlpDim, int.MaxValue)
            && StrassenMatrix.Fits(config.MlpDim, config.EmbedDim, PackedMatrix.Chunk);
        return new VitGeometry(config, square, fits ? LinearForm.Strassen : LinearForm.Plain);
    }

    /// <summary>The sizes of the same layers on another frame.</summary>
    public VitGeometry On(Frame frame) => new(Config, frame, Form);

    /// <summary>One head's keys and values in a block: of a window, or of the whole grid.</summary>
    public AttentionHead Head(bool global) => new()
    {
        Groups = global ? Frame.Rows : Window,
        Width = global ? Frame.Columns : Window,
        HeadDim = HeadDim,
    };

    /// <summary>How many windows a block has; 1 where it attends globally.</summary>
    public int Windows(bool global) => global ? 1 : WindowRows * WindowColumns;
}
