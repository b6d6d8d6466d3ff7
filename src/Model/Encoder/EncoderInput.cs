namespace SamNative;

/// <summary>What an encoder is given: a picture, or values that were prepared elsewhere.</summary>
internal readonly unsafe struct EncoderInput
{
    /// <summary>A picture.</summary>
    /// <param name="placement">Where it lies in the frame.</param>
    /// <param name="preprocessing">How it is resized, and what its values are.</param>
    public EncoderInput(ImageView picture, in Placement placement, Preprocessing preprocessing)
    {
        Picture = picture;
        Placement = placement;
        Preprocessing = preprocessing;
    }

    /// <summary>Values of a whole frame, [3, height, width].</summary>
    public EncoderInput(float* pixelValues) => PixelValues = pixelValues;

    /// <summary>The picture; null where there are values.</summary>
    public ImageView? Picture { get; }

    /// <summary>Where the picture lies in the frame.</summary>
    public Placement Placement { get; }

    /// <summary>How the picture is resized, and what its values are.</summary>
    public Preprocessing Preprocessing { get; } = Preprocessing.Sam;

    /// <summary>The values; null where there is a picture.</summary>
    public float* PixelValues { get; }
}
