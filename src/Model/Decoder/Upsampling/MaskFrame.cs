namespace SamNative;

/// <summary>
/// How low-resolution logits become a picture's: up to the encoder's frame, cropped to the part the picture covers,
/// then to the picture's size. Two steps of bilinear resampling, in logits, as in the original's postprocess_masks.
/// </summary>
internal sealed class MaskFrame
{
    /// <param name="lowRes">Rows and columns of the logits.</param>
    /// <param name="frame">The pixels of the encoder's frame.</param>
    /// <param name="input">The part of it that the picture covers, from its top left.</param>
    /// <param name="original">The picture.</param>
    public MaskFrame(ImageSize lowRes, ImageSize frame, ImageSize input, ImageSize original)
    {
        LowRes = lowRes;
        Input = input;
        Original = original;
        InputRows = new BilinearAxis(lowRes.Height, frame.Height, input.Height);
        InputColumns = new BilinearAxis(lowRes.Width, frame.Width, input.Width);
        PictureRows = new BilinearAxis(input.Height, original.Height, original.Height);
        PictureColumns = new BilinearAxis(input.Width, original.Width, original.Width);
    }

    public ImageSize LowRes { get; }

    /// <summary>Rows and columns of the low-resolution logits that the picture is made of; those beyond are padding.</summary>
    public ImageSize Covered => new(InputRows.Far[Input.Height - 1] + 1, InputColumns.Far[Input.Width - 1] + 1);

    public ImageSize Input { get; }

    public ImageSize Original { get; }

    public BilinearAxis InputRows { get; }

    public BilinearAxis InputColumns { get; }

    public BilinearAxis PictureRows { get; }

    public BilinearAxis PictureColumns { get; }
}
