namespace SamNative;

/// <summary>How document models cut a picture into square tiles.</summary>
/// <param name="Columns">Tiles from left to right.</param>
/// <param name="Rows">Tiles from top to bottom.</param>
internal readonly record struct TileGrid(int Columns, int Rows)
{
    /// <summary>
    /// The grid of least to most tiles whose shape is closest to the picture's; of equally close ones the first with the
    /// fewest tiles, unless the picture has more than half the pixels of the other (find_closest_aspect_ratio of InternVL,
    /// which GOT and the DeepSeek-OCR family took over).
    /// </summary>
    /// <param name="side">Pixels per side of a tile.</param>
    public static TileGrid Closest(int width, int height, int least, int most, int side)
    {
        TileGrid best = new(1, 1);
        double shape = (double)width / height;
        double smallest = double.PositiveInfinity;
        for (int tiles = least; tiles <= most; tiles++)
        {
            for (int columns = 1; columns <= tiles; columns++)
            {
                if (tiles % columns != 0)
                {
                    continue;
                }

                TileGrid grid = new(columns, tiles / columns);
                double difference = Math.Abs(shape - ((double)grid.Columns / grid.Rows));
                bool isLarge = (double)width * height > 0.5 * side * side * tiles;
                if (difference < smallest || (difference == smallest && isLarge))
                {
                    (smallest, best) = (difference, grid);
                }
            }
        }

        return best;
    }

    /// <summary>
    /// The tiles of a part of a picture, row by row: the whole part is stretched to all tiles, and each shows its own square.
    /// </summary>
    public IEnumerable<Placement> Cut(CropBox source, int side)
    {
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                CropBox part = new(column * side, row * side, side, side);
                yield return new Placement(
                    source, new ImageSize(Rows * side, Columns * side), part, 0, 0, new ImageSize(side, side));
            }
        }
    }
}
