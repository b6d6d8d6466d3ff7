namespace SamNative;

/// <summary>
/// One input of a document model's visual tower: a tile of a picture or all of it, in a square of its own.
/// </summary>
public sealed class TowerView
{
    internal TowerView(Placement placement, Preprocessing preprocessing, bool isTile)
    {
        Placement = placement;
        Preprocessing = preprocessing;
        IsTile = isTile;
    }

    /// <summary>Whether it shows a tile; otherwise it shows the whole picture.</summary>
    public bool IsTile { get; }

    /// <summary>Rows and columns of the input, in pixels.</summary>
    public int Side => Placement.Input.Width;

    /// <summary>The part of the input that the picture covers; what lies around it is filled.</summary>
    public CropBox Content => new(Placement.Left, Placement.Top, Placement.Part.Width, Placement.Part.Height);

    /// <summary>Where the picture's pixels come to lie.</summary>
    internal Placement Placement { get; }

    /// <summary>How they are resized, and what their values are.</summary>
    internal Preprocessing Preprocessing { get; }
}
