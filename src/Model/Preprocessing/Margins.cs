namespace SamNative;

/// <summary>
/// The part of a page that is written on (crop_margin of UniMERNet, which PP-FormulaNet uses): gray levels are stretched to
/// 0 … 255, and what is darker than 200 counts.
/// </summary>
internal static class Margins
{
    private const double Threshold = 200;

    /// <summary>The smallest part that holds all that counts; the whole picture where it has one gray level.</summary>
    public static CropBox Crop(ImageView picture)
    {
        byte[] gray = Gray(picture);
        int least = gray.Min();
        int most = gray.Max();
        if (least == most)
        {
            return new CropBox(0, 0, picture.Width, picture.Height);
        }

        (int left, int top, int right, int bottom) = (picture.Width, picture.Height, -1, -1);
        for (int i = 0; i < gray.Length; i++)
        {
            if ((double)(gray[i] - least) / (most - least) * 255 < Threshold)
            {
                (int y, int x) = Math.DivRem(i, picture.Width);
                (left, top) = (Math.Min(left, x), Math.Min(top, y));
                (right, bottom) = (Math.Max(right, x), Math.Max(bottom, y));
            }
        }

        return new CropBox(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>Pillow's convert("L").</summary>
    private static byte[] Gray(ImageView picture)
    {
        byte[] row = new byte[picture.Width * 3];
        byte[] gray = new byte[picture.Width * picture.Height];
        for (int i = 0; i < gray.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, picture.Width);
            if (x == 0)
            {
                picture.CopyRgbRow(y, row);
            }

            gray[i] = (byte)(((row[3 * x] * 19595) + (row[(3 * x) + 1] * 38470) + (row[(3 * x) + 2] * 7471) + 0x8000) >> 16);
        }

        return gray;
    }
}
