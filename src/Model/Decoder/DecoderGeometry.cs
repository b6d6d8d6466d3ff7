using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// Sizes of the mask decoder that follow from a configuration and from the frame it works on, and the shapes of its
/// attentions. The weights fit every frame.
/// </summary>
internal sealed class DecoderGeometry
{
    /// <summary>Mask tokens: the single mask, then the three of an ambiguous prompt (<see cref="MaskChoice"/>).</summary>
    public const int Masks = SamLayout.MaskTokens;

    /// <summary>The output tokens, IoU and masks, come before the prompt's own.</summary>
    public const int OutputTokens = 1 + Masks;

    /// <summary>Values per side of an image token in a low-resolution mask: it is upscaled twice, by two.</summary>
    public const int ValuesPerToken = 4;

    private readonly SamConfig config;

    public DecoderGeometry(SamConfig config, Frame frame)
    {
        this.config = config;
        Frame = frame;
        Width = config.PromptEmbedDim;
        Stride = RowLayout.Stride(Width);
        Heads = config.DecoderHeads;
        Hidden = config.DecoderMlpDim;
        IouHidden = config.IouHeadHiddenDim;
        MaskChannels = config.MaskInChans;
        Upscaled1 = Width / 4;
        Upscaled2 = Width / 8;
        SelfHeadDim = Width / Heads;
        CrossHeadDim = Width / 2 / Heads;
    }

    /// <summary>The grid of image tokens.</summary>
    public Frame Frame { get; }

    /// <summary>Image tokens from top to bottom.</summary>
    public int Rows => Frame.Rows;

    /// <summary>Image tokens from left to right.</summary>
    public int Columns => Frame.Columns;

    public int ImageTokens => Frame.Tokens;

    /// <summary>Floats of a row for every image token, and spare ones.</summary>
    public nint ImageRowsFloats => (nint)(ImageTokens + RowLayout.SpareRows) * Stride;

    /// <summary>
    /// Pixels per side of the square that the frame is or was cut from: positions are fractions of it, whatever was cut off.
    /// </summary>
    public int Side => Frame.Side();

    /// <summary>Rows and columns of a low-resolution mask.</summary>
    public ImageSize LowRes => new(ValuesPerToken * Rows, ValuesPerToken * Columns);

    /// <summary>Values of a low-resolution mask.</summary>
    public int LowResValues => LowRes.Height * LowRes.Width;

    /// <summary>Channels of a token.</summary>
    public int Width { get; }

    /// <summary>Floats from one token to the next.</summary>
    public int Stride { get; }

    public int Heads { get; }

    /// <summary>Hidden channels of the transformer's MLPs.</summary>
    public int Hidden { get; }

    /// <summary>Hidden channels of the MLP that predicts the IoU; the hypernetworks' are <see cref="Width"/>.</summary>
    public int IouHidden { get; }

    /// <summary>Channels of an embedded mask prompt before the last convolution.</summary>
    public int MaskChannels { get; }

    /// <summary>Channels after the first and second upscaling.</summary>
    public int Upscaled1 { get; }

    /// <inheritdoc cref="Upscaled1"/>
    public int Upscaled2 { get; }

    /// <summary>Channels of a head in self-attention.</summary>
    public int SelfHeadDim { get; }

    /// <summary>Channels of a head in cross-attention, whose inner width is half the token's.</summary>
    public int CrossHeadDim { get; }

    /// <summary>Floats from one row of image tokens as columns to the next: not a power of two.</summary>
    public const int ColumnStride = DecoderWorkspace.RowBlock + Lane.Count;

    /// <summary>Floats from one row of a part's image tokens as columns to the next: not a power of two.</summary>
    public const int PartStride = ImageSums.PartRows + Lane.Count;

    /// <summary>Floats of a row block's queries as columns.</summary>
    public int QueryBlockFloats => HeadsStride(CrossHeadDim) * ColumnStride;

    /// <summary>Floats of an image token's row of pairs of head and token, and one more, for the longest folded prompt.</summary>
    public int PairStride => Lane.RoundUp((Heads * FoldedPrompt.MostTokens) + 1);

    /// <summary>Floats of a row of a weight that is folded: Width in whole lanes, then the bias, then zeros.</summary>
    public int FoldedStride => Lane.RoundUp(Width) + Lane.Count;

    /// <summary>One head's keys over the image.</summary>
    public AttentionHead ImageHead => new() { Groups = Rows, Width = Columns, HeadDim = CrossHeadDim };

    /// <summary>Floats of a row of queries or attended values: heads padded to whole lanes.</summary>
    public int HeadsStride(int headDim) => Heads * Lane.RoundUp(headDim);

    /// <summary>The same decoder on another frame.</summary>
    public DecoderGeometry On(Frame frame) => frame == Frame ? this : new DecoderGeometry(config, frame);

    /// <summary>How its logits become a picture's.</summary>
    public MaskFrame MaskFrame(ImageSize input, ImageSize original) =>
        new(LowRes, new ImageSize(Frame.Height, Frame.Width), input, original);

    /// <summary>Refuses embeddings of models of another shape, and sizes that this one does not bring a picture to.</summary>
    /// <param name="index">Which of the embedding's pictures.</param>
    /// <exception cref="ArgumentException">It is one, or there is no such picture.</exception>
    public void Check(SamEmbedding embedding, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)embedding.Count, nameof(index));
        if (embedding.Channels != Width)
        {
            throw new ArgumentException(
                $"The embedding has {embedding.Channels} channels, this model's have {Width}: it was made by another model.",
                nameof(embedding));
        }

        (ImageSize original, ImageSize input) = (embedding.OriginalSizes[index], embedding.InputSizes[index]);
        Frame frame = embedding.Frame with { Patch = Frame.Patch };
        if (!frame.Holds(original, input))
        {
            throw new ArgumentException(
                $"The embedding says that {original.Width} x {original.Height} pixels became {input.Width} x "
                + $"{input.Height}, which this model does not do: it was made by another one.", nameof(embedding));
        }
    }
}
