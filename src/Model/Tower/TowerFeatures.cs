namespace SamNative;

/// <summary>
/// What a visual tower makes of pictures: the features of all views, by their size. It does not change any more, and can be
/// shared between threads; the collector frees it.
/// </summary>
public sealed class TowerFeatures
{
    internal TowerFeatures(IReadOnlyList<TowerPicture> pictures, ViewFeatures? tiles, ViewFeatures whole)
    {
        Pictures = pictures;
        Tiles = tiles;
        Whole = whole;
    }

    /// <summary>How each picture was cut, in the order in which they were given.</summary>
    public IReadOnlyList<TowerPicture> Pictures { get; }

    /// <summary>The tiles of all pictures, one picture after the other and row by row; null where none was cut.</summary>
    public ViewFeatures? Tiles { get; }

    /// <summary>The views of whole pictures, one for each. Models take a picture's tiles first, then this.</summary>
    public ViewFeatures Whole { get; }
}

/// <summary>How a picture was cut.</summary>
/// <param name="Columns">Tiles from left to right; 1 where it was not cut.</param>
/// <param name="Rows">Tiles from top to bottom; 1 where it was not cut.</param>
/// <param name="FirstTile">Its first tile in <see cref="TowerFeatures.Tiles"/>.</param>
/// <param name="Tiles">How many there are: Columns x Rows, or 0 where it was not cut.</param>
public readonly record struct TowerPicture(int Columns, int Rows, int FirstTile, int Tiles);
