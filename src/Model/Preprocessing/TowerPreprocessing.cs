using SamNative.Weights;

namespace SamNative;

/// <summary>
/// How a document model prepares pictures for its visual tower: one of the presets, which are named after the models, or a
/// variant of one. It is immutable.
/// </summary>
/// <remarks>
/// The rules were read from the models' own code; docs/towers.md lists them. Bytes are resized as Pillow or OpenCV do it, to
/// the byte. A picture should be upright before, as <c>ImageFile.Load</c> makes it.
/// </remarks>
public sealed class TowerPreprocessing
{
    private static readonly float[] half = [0.5f, 0.5f, 0.5f];
    private static readonly float[] imageNetMeans = [0.485f, 0.456f, 0.406f];
    private static readonly float[] imageNetDeviations = [0.229f, 0.224f, 0.225f];
    private static readonly float[] clipMeans = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] clipDeviations = [0.26862954f, 0.26130258f, 0.27577711f];
    private static readonly byte[] gray = [127, 127, 127];

    /// <summary>Where a whole picture comes to lie.</summary>
    private readonly Preprocessing preprocessing;

    /// <summary>A preset without tiles, for one size.</summary>
    private TowerPreprocessing(string name, Preprocessing preprocessing, int side = 1024)
    {
        Name = name;
        this.preprocessing = preprocessing;
        Side = side;
        Sides = [side];
    }

    /// <summary>A variant without tiles.</summary>
    private TowerPreprocessing(TowerPreprocessing other, Preprocessing preprocessing)
        : this(other.Name, preprocessing, other.Side)
    {
        Sides = other.Sides;
        SquareUpTo = other.SquareUpTo;
        CutsSmall = other.CutsSmall;
        CropsMargins = other.CropsMargins;
    }

    /// <summary>Vary (Qwen): stretched to 1,024 x 1,024 by OpenCV's INTER_LINEAR, ImageNet's mean and deviation.</summary>
    public static TowerPreprocessing Vary { get; } = new("vary", new Preprocessing(
        PictureFit.Stretch, ResizeFilter.OpenCvLinear, Normalisation.OfShares(imageNetMeans, imageNetDeviations)));

    /// <summary>Vary-tiny (OPT): as <see cref="Vary"/>.</summary>
    public static TowerPreprocessing VaryTiny { get; } = new("vary-tiny", Vary.preprocessing);

    /// <summary>GOT-OCR 2.0: stretched to 1,024 x 1,024 by Pillow's BICUBIC, CLIP's mean and deviation.</summary>
    public static TowerPreprocessing Got { get; } = new("got", new Preprocessing(
        PictureFit.Stretch, ResizeFilter.PillowBicubic, Normalisation.OfShares(clipMeans, clipDeviations)));

    /// <summary>
    /// GOT-OCR 2.0 as its chat_crop has it: 1 to 6 tiles of 1,024, then the whole picture as in <see cref="Got"/>.
    /// </summary>
    public static TowerPreprocessing GotCrop { get; } = new("got-crop", Got.preprocessing)
    {
        TileSide = 1024,
        MinTiles = 1,
        MaxTiles = 6,
        CutsSmall = true,
    };

    /// <summary>
    /// DeepSeek-OCR in its mode <i>Gundam</i>: 2 to 6 tiles of 640, as the vLLM configuration has it, then the whole picture
    /// padded to 1,024 x 1,024; a picture of at most 640 x 640 is not cut. Its modes <i>Tiny</i>, <i>Small</i>, <i>Base</i> and
    /// <i>Large</i> are <see cref="Whole"/> of 512, 640, 1,024 and 1,280. For up to 9 tiles, as the hub's code has it, see
    /// <see cref="WithMaxTiles"/>.
    /// </summary>
    public static TowerPreprocessing DeepSeekOcr { get; } = new("deepseek-ocr", Padded())
    {
        Sides = [512, 640, 768, 1024, 1280],
        SquareUpTo = 640,
        TileSide = 640,
        MinTiles = 2,
        MaxTiles = 6,
    };

    /// <summary>Unlimited-OCR: as <see cref="DeepSeekOcr"/>, with 2 to 32 tiles.</summary>
    public static TowerPreprocessing UnlimitedOcr { get; } = new("unlimited-ocr", Padded())
    {
        Sides = DeepSeekOcr.Sides,
        SquareUpTo = 640,
        TileSide = 640,
        MinTiles = 2,
        MaxTiles = 32,
    };

    /// <summary>
    /// DeepSeek-OCR 2: 2 to 6 tiles of 768, then the whole picture padded to 1,024 x 1,024; a picture of at most 768 x 768 is
    /// not cut. What follows the tower takes 768 and 1,024 only.
    /// </summary>
    public static TowerPreprocessing DeepSeekOcr2 { get; } = new("deepseek-ocr-2", Padded())
    {
        Sides = [768, 1024],
        SquareUpTo = 768,
        TileSide = 768,
        MinTiles = 2,
        MaxTiles = 6,
    };

    /// <summary>
    /// The high-resolution tower of DeepSeek-VL 7B: the longer side becomes 1,024 by Pillow's BICUBIC, centred on
    /// (122, 116, 104), CLIP's mean and deviation.
    /// </summary>
    public static TowerPreprocessing DeepSeekVl { get; } = new("deepseek-vl", new Preprocessing(
        PictureFit.Centre, ResizeFilter.PillowBicubic, Normalisation.OfShares(clipMeans, clipDeviations, [122, 116, 104])));

    /// <summary>
    /// PP-FormulaNet-L and plus-L: margins are cut off, then 768 x 768 centred on black, mean 0.7931, deviation 0.1738. The
    /// original resizes twice; this does it once, by Pillow's BICUBIC, to the same size and place.
    /// </summary>
    public static TowerPreprocessing PPFormulaNetL { get; } = new(
        "pp-formulanet-l",
        new Preprocessing(
            PictureFit.Thumbnail, ResizeFilter.PillowBicubic,
            Normalisation.OfShares([0.7931f, 0.7931f, 0.7931f], [0.1738f, 0.1738f, 0.1738f], [0, 0, 0])),
        side: 768)
    {
        CropsMargins = true,
    };

    /// <summary>
    /// SLANeXt: the longer side becomes 512 by OpenCV's INTER_LINEAR, ImageNet's mean and deviation, zeros right and below.
    /// </summary>
    public static TowerPreprocessing SlaNext { get; } = new(
        "slanext",
        new Preprocessing(
            PictureFit.TopLeftHalfEven, ResizeFilter.OpenCvLinear, Normalisation.OfShares(imageNetMeans, imageNetDeviations)),
        side: 512);

    /// <summary>
    /// SAM's own, for a tower whose model is not known: the longer side becomes the square's by Pillow's BILINEAR, ImageNet's
    /// mean and deviation, zeros right and below. The square may have any side.
    /// </summary>
    public static TowerPreprocessing Sam { get; } = new("sam", SamNative.Preprocessing.Sam) { Sides = [] };

    /// <summary>All presets.</summary>
    public static IReadOnlyList<TowerPreprocessing> All { get; } =
    [
        Vary, VaryTiny, Got, GotCrop, DeepSeekOcr, UnlimitedOcr, DeepSeekOcr2, DeepSeekVl, PPFormulaNetL, SlaNext, Sam,
    ];

    /// <summary>The preset's name: lower-case, with hyphens.</summary>
    public string Name { get; }

    /// <summary>Rows and columns of the view of a whole picture, in pixels.</summary>
    public int Side { get; private init; }

    /// <summary>What <see cref="Side"/> may be for this model; empty where it may be any.</summary>
    public IReadOnlyList<int> Sides { get; private init; }

    /// <summary>Rows and columns of a tile, in pixels; 0 where pictures are not cut.</summary>
    public int TileSide { get; private init; }

    /// <summary>The fewest tiles that a picture is cut into; 0 where pictures are not cut.</summary>
    public int MinTiles { get; private init; }

    /// <summary>The most tiles that a picture is cut into; 0 where pictures are not cut.</summary>
    public int MaxTiles { get; private init; }

    /// <summary>A whole picture is stretched, not padded, to a square of at most this side; 0: never.</summary>
    private int SquareUpTo { get; init; }

    /// <summary>Whether a picture is cut also where it fits into one tile.</summary>
    private bool CutsSmall { get; init; }

    /// <summary>Whether only the part of the picture counts that is written on.</summary>
    private bool CropsMargins { get; init; }

    /// <summary>The preset of a name.</summary>
    /// <exception cref="ArgumentException">There is no such preset; the message lists all.</exception>
    public static TowerPreprocessing Find(string name) =>
        All.FirstOrDefault(preset => string.Equals(preset.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"There is no preset {name}: use {string.Join(", ", All.Select(preset => preset.Name))}.", nameof(name));

    /// <summary>
    /// The same without tiles: one view of the whole picture. The DeepSeek-OCR family stretches a picture to a small square
    /// (up to 640, OCR 2: 768), and pads it to a larger one.
    /// </summary>
    /// <param name="side">One of <see cref="Sides"/>.</param>
    /// <exception cref="ArgumentException">The model has no such size.</exception>
    public TowerPreprocessing Whole(int side)
    {
        if (Sides.Count > 0 && !Sides.Contains(side))
        {
            throw new ArgumentException(
                $"The sides for {Name} are {string.Join(", ", Sides)}; {side} is none of them.", nameof(side));
        }

        return At(side);
    }

    /// <summary>The same with at most this many tiles.</summary>
    /// <param name="most">At least <see cref="MinTiles"/>.</param>
    /// <exception cref="InvalidOperationException">This cuts no tiles.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than the model's fewest.</exception>
    public TowerPreprocessing WithMaxTiles(int most)
    {
        if (TileSide == 0)
        {
            throw new InvalidOperationException($"{Name} has no tiles here: start from a preset that has.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(most, MinTiles);
        return new TowerPreprocessing(this, preprocessing) { TileSide = TileSide, MinTiles = MinTiles, MaxTiles = most };
    }

    /// <summary>What the tower is given of a picture.</summary>
    /// <exception cref="ArgumentException">The picture is empty, or so thin that nothing of it would be left.</exception>
    public TowerViews Views(ImageView picture)
    {
        if (picture.Height == 0)
        {
            throw new ArgumentException("The picture is empty: default(ImageView) has no pixels.", nameof(picture));
        }

        CropBox source = CropsMargins ? Margins.Crop(picture) : new CropBox(0, 0, picture.Width, picture.Height);
        Placement whole = Placement.Of(preprocessing.Fit, source, Side);
        whole.CheckNotTooThin(nameof(picture));
        TileGrid grid = Grid(source);
        List<TowerView> views = [];
        if (grid.Columns * grid.Rows > 1)
        {
            views.AddRange(grid.Cut(source, TileSide).Select(tile => new TowerView(tile, preprocessing, isTile: true)));
        }

        views.Add(new TowerView(whole, preprocessing, isTile: false));
        return new TowerViews(grid, views);
    }

    /// <summary>The preset of a model.</summary>
    internal static TowerPreprocessing Of(TowerKind kind) => kind switch
    {
        TowerKind.Vary => Vary,
        TowerKind.VaryTiny => VaryTiny,
        TowerKind.GotOcr => Got,
        TowerKind.DeepSeekOcr => DeepSeekOcr,
        TowerKind.DeepSeekOcr2 => DeepSeekOcr2,
        TowerKind.DeepSeekVl => DeepSeekVl,
        TowerKind.PPFormulaNet => PPFormulaNetL,
        TowerKind.SlaNext => SlaNext,
        _ => Sam,
    };

    /// <summary>As <see cref="Whole"/>, at any side: that of a tower that was trained at another than the published ones.</summary>
    internal TowerPreprocessing At(int side)
    {
        Preprocessing of = side <= SquareUpTo ? preprocessing with { Fit = PictureFit.Stretch } : preprocessing;
        return new TowerPreprocessing(this, of) { Side = side };
    }

    private TileGrid Grid(CropBox source)
    {
        bool isSmall = source.Width <= TileSide && source.Height <= TileSide;
        return TileSide == 0 || (isSmall && !CutsSmall)
            ? new TileGrid(1, 1)
            : TileGrid.Closest(source.Width, source.Height, MinTiles, MaxTiles, TileSide);
    }

    private static Preprocessing Padded() =>
        new(PictureFit.Pad, ResizeFilter.PillowBicubic, Normalisation.OfShares(half, half, gray));
}
