namespace SamNative;

/// <summary>
/// The parts of a picture that are searched one by one: layer 0 is the whole picture, layer L has 2^L x 2^L parts that
/// overlap (generate_crop_boxes in utils/amg.py).
/// </summary>
internal static class CropLayers
{
    /// <summary>How near a crop's edge, in pixels, a mask is taken to be cut off by it.</summary>
    private const int EdgeTolerance = 20;

    /// <summary>The crops in the original's order. Small pictures have less of them: a crop without pixels is left out.</summary>
    /// <param name="layers">Layers beside that of the whole picture.</param>
    /// <param name="overlapRatio">The overlap of the first layer, as a fraction of the shorter side.</param>
    public static List<(CropBox Box, int Layer)> Boxes(ImageSize picture, int layers, double overlapRatio)
    {
        List<(CropBox Box, int Layer)> boxes = [(new CropBox(0, 0, picture.Width, picture.Height), 0)];
        for (int layer = 1; layer <= layers; layer++)
        {
            int perSide = 1 << layer;
            int overlap = (int)(overlapRatio * Math.Min(picture.Height, picture.Width) * (2.0 / perSide));
            for (int i = 0; i < perSide * perSide; i++)
            {
                (int x, int width) = Part(picture.Width, perSide, overlap, i / perSide);
                (int y, int height) = Part(picture.Height, perSide, overlap, i % perSide);
                if (width > 0 && height > 0)
                {
                    boxes.Add((new CropBox(x, y, width, height), layer));
                }
            }
        }

        return boxes;
    }

    /// <summary>
    /// Whether a mask seems cut off by its crop: a side of its box lies at the crop's, and not at the picture's
    /// (is_box_near_crop_edge).
    /// </summary>
    /// <param name="box">The mask's box in the picture.</param>
    public static bool IsCutOff(MaskBounds box, CropBox crop, ImageSize picture) =>
        IsCut(box.X, crop.X, 0)
        || IsCut(box.Y, crop.Y, 0)
        || IsCut(box.X + box.Width, crop.X + crop.Width, picture.Width)
        || IsCut(box.Y + box.Height, crop.Y + crop.Height, picture.Height);

    private static bool IsCut(int side, int cropSide, int pictureSide) =>
        Math.Abs(side - cropSide) <= EdgeTolerance && Math.Abs(side - pictureSide) > EdgeTolerance;

    private static (int Start, int Length) Part(int side, int parts, int overlap, int index)
    {
        int length = (int)Math.Ceiling(((overlap * (parts - 1.0)) + side) / parts);
        int start = (length - overlap) * index;
        return (start, Math.Min(start + length, side) - start);
    }
}
