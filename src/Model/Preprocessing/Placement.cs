namespace SamNative;

/// <summary>
/// Where a picture lies in a model's input: the way of its pixels in, of points in, and of masks out. The picture's source
/// part is resized; a part of that is shown, from (Left, Top) of the input on; the rest of the input is outside.
/// </summary>
/// <param name="Source">The part of the picture that counts, in its own pixels.</param>
/// <param name="Resized">What that part is resized to.</param>
/// <param name="Part">The part of the resized picture that the input shows.</param>
/// <param name="Left">Columns of the input left of it.</param>
/// <param name="Top">Rows of the input above it.</param>
/// <param name="Input">The input: the pixels of the frame that is run.</param>
internal readonly record struct Placement(CropBox Source, ImageSize Resized, CropBox Part, int Left, int Top, ImageSize Input)
{
    private const int SmallestCentred = 14;

    /// <summary>Columns of the resized picture per column of the picture.</summary>
    public double ScaleX => (double)Resized.Width / Source.Width;

    /// <summary>Rows of the resized picture per row of the picture.</summary>
    public double ScaleY => (double)Resized.Height / Source.Height;

    /// <summary>Whether the picture is so thin that a side of it is resized to nothing.</summary>
    public bool IsTooThin => Resized.Height == 0 || Resized.Width == 0;

    /// <summary>A whole picture in a square of side pixels.</summary>
    public static Placement Of(PictureFit fit, ImageSize picture, int side) =>
        Of(fit, new CropBox(0, 0, picture.Width, picture.Height), side);

    /// <summary>A part of a picture in a square of side pixels.</summary>
    public static Placement Of(PictureFit fit, CropBox source, int side)
    {
        ImageSize size = Resize(fit, new ImageSize(source.Height, source.Width), side);
        CropBox part = new(0, 0, size.Width, size.Height);
        return new Placement(
            source, size, part, Offset(fit, side - size.Width), Offset(fit, side - size.Height), new ImageSize(side, side));
    }

    /// <summary>The place in the input of a place in the picture: both count from the corner of the first pixel.</summary>
    public (double X, double Y) ToInput(double x, double y) =>
        (((x - Source.X) * ScaleX) + (Left - Part.X), ((y - Source.Y) * ScaleY) + (Top - Part.Y));

    /// <summary>The place in the picture of a place in the input.</summary>
    public (double X, double Y) ToPicture(double x, double y) =>
        (((x - (Left - Part.X)) / ScaleX) + Source.X, ((y - (Top - Part.Y)) / ScaleY) + Source.Y);

    /// <summary>The input without the rows and columns of patches that lie right of the picture and below it alone.</summary>
    public Placement Tight(int patch) => this with
    {
        Input = new ImageSize(Patches(Top + Part.Height, patch) * patch, Patches(Left + Part.Width, patch) * patch),
    };

    /// <summary>Refuses a picture of which nothing would be left.</summary>
    /// <exception cref="ArgumentException">A side is resized to nothing.</exception>
    public void CheckNotTooThin(string parameter)
    {
        if (IsTooThin)
        {
            throw new ArgumentException(
                $"A picture of {Source.Width} x {Source.Height} pixels is too thin: resized so that its longer side has "
                + $"{Math.Max(Resized.Width, Resized.Height)} pixels, the shorter one has none. Cut it into parts first.",
                parameter);
        }
    }

    private static ImageSize Resize(PictureFit fit, ImageSize picture, int side)
    {
        (double height, double width) = (picture.Height, picture.Width);
        bool wide = width > height;
        return fit switch
        {
            PictureFit.TopLeft => picture.FitInto(side),
            PictureFit.TopLeftHalfEven => new ImageSize(
                RoundHalfEven(height * (side / Math.Max(height, width))), RoundHalfEven(width * (side / Math.Max(height, width)))),
            PictureFit.Stretch => new ImageSize(side, side),
            PictureFit.Pad when wide => new ImageSize(RoundHalfEven(height / width * side), side),
            PictureFit.Pad => new ImageSize(side, RoundHalfEven(width / height * side)),
            PictureFit.Centre => new ImageSize(
                Math.Max(SmallestCentred, (int)(height / Math.Max(height, width) * side)),
                Math.Max(SmallestCentred, (int)(width / Math.Max(height, width) * side))),
            PictureFit.Thumbnail when wide => new ImageSize((int)((double)side * side / (int)(side * width / height)), side),
            PictureFit.Thumbnail => new ImageSize(side, (int)((double)side * side / (int)(side * height / width))),
            _ => throw new ArgumentOutOfRangeException(nameof(fit), fit, "This is not one of the ways to fit."),
        };
    }

    private static int Offset(PictureFit fit, int free) => fit switch
    {
        PictureFit.Pad => RoundHalfEven(free * 0.5),
        PictureFit.Centre or PictureFit.Thumbnail => free / 2,
        _ => 0,
    };

    /// <summary>Python's round().</summary>
    private static int RoundHalfEven(double value) => (int)Math.Round(value, MidpointRounding.ToEven);

    private static int Patches(int pixels, int patch) => (pixels + patch - 1) / patch;
}
