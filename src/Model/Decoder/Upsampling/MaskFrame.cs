namespace SamNative;

/// <summary>
/// How low-resolution logits become a picture's: up to the encoder's square, cropped to the part the picture covers,
/// then to the picture's size. Two steps of bilinear resampling, in logits, as in the original's postprocess_masks.
/// </summary>
internal sealed class MaskFrame
{
    public MaskFrame(int lowResSide, int inputSide, ImageSize input, ImageSize original)
    {
        LowResSide = lowResSide;
        Input = input;
        Original = original;
        SquareRows = new BilinearAxis(lowResSide, inputSide, input.Height);
        SquareColumns = new BilinearAxis(lowResSide, inputSide, input.Width);
        PictureRows = new BilinearAxis(input.Height, original.Height, original.Height);
        PictureColumns = new BilinearAxis(input.Width, original.Width, original.Width);
    }

    public int LowResSide { get; }

    /// <summary>Rows and columns of the low-resolution logits that the picture is made of; those beyond are padding.</summary>
    public ImageSize Covered => new(SquareRows.Far[Input.Height - 1] + 1, SquareColumns.Far[Input.Width - 1] + 1);

    public ImageSize Input { get; }

    public ImageSize Original { get; }

    public BilinearAxis SquareRows { get; }

    public BilinearAxis SquareColumns { get; }

    public BilinearAxis PictureRows { get; }

    public BilinearAxis PictureColumns { get; }
}
