namespace SamNative;

/// <summary>The way from a picture's pixels to what a model computes with: where they come to lie, how they are resized, and
/// what their values are.</summary>
/// <param name="Fit">How a picture comes into the model's square.</param>
/// <param name="Filter">How its bytes are resized.</param>
/// <param name="Normalisation">The values of bytes, and of what is outside the picture.</param>
internal sealed record Preprocessing(PictureFit Fit, ResizeFilter Filter, Normalisation Normalisation)
{
    /// <summary>SAM's: at the top left, (level - mean) / deviation, then zeros right and below.</summary>
    public static Preprocessing Sam { get; } = new(
        PictureFit.TopLeft, ResizeFilter.PillowBilinear,
        Normalisation.OfLevels([123.675f, 116.28f, 103.53f], [58.395f, 57.12f, 57.375f]));

    /// <summary>Where a picture lies in a square of side pixels.</summary>
    public Placement Place(ImageSize picture, int side) => Placement.Of(Fit, picture, side);
}
