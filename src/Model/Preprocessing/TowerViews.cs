using System.Collections;

namespace SamNative;

/// <summary>
/// The views of a picture in the order in which the models take them: the tiles row by row, then the whole picture.
/// </summary>
public sealed class TowerViews : IReadOnlyList<TowerView>
{
    private readonly List<TowerView> views;

    internal TowerViews(TileGrid grid, List<TowerView> views)
    {
        Columns = grid.Columns;
        Rows = grid.Rows;
        this.views = views;
    }

    /// <summary>Tiles from left to right; 1 where the picture is not cut.</summary>
    public int Columns { get; }

    /// <summary>Tiles from top to bottom; 1 where the picture is not cut.</summary>
    public int Rows { get; }

    /// <summary>All views: Columns x Rows tiles, where the picture is cut, and one of the whole picture.</summary>
    public int Count => views.Count;

    /// <summary>A view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such view.</exception>
    public TowerView this[int index] => views[index];

    /// <inheritdoc/>
    public IEnumerator<TowerView> GetEnumerator() => views.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
