namespace SamNative;

/// <summary>Makes a mask prompt's low-resolution logits of a binary mask of the picture.</summary>
internal static class MaskPrompt
{
    /// <summary>
    /// Each low-resolution cell takes the share of its pixels that are in, scaled to ± <see cref="SamPrompt.MaskConfidence"/>;
    /// cells beyond the picture, which only hold padding, are out. A picture smaller than the grid repeats its pixels.
    /// </summary>
    /// <param name="logits">[LowRes].</param>
    public static void Write(SamMask mask, MaskFrame frame, Span<float> logits, CancellationToken cancellationToken)
    {
        ImageSize input = frame.Input;
        double cell = (double)frame.InputRows.Target / frame.LowRes.Height;
        double toPictureX = (double)mask.Width / input.Width;
        double toPictureY = (double)mask.Height / input.Height;
        for (int y = 0; y < frame.LowRes.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (int top, int bottom) = Range(y * cell, (y + 1) * cell, input.Height, toPictureY, mask.Height);
            for (int x = 0; x < frame.LowRes.Width; x++)
            {
                (int left, int right) = Range(x * cell, (x + 1) * cell, input.Width, toPictureX, mask.Width);
                logits[(y * frame.LowRes.Width) + x] = Share(mask, left, top, right, bottom);
            }
        }
    }

    /// <summary>The picture's pixels that a stretch of the input covers; none where it lies in the padding.</summary>
    private static (int First, int End) Range(double start, double end, int inputLength, double toPicture, int length)
    {
        if (start >= inputLength)
        {
            return (0, 0);
        }

        int first = Math.Min((int)(start * toPicture), length - 1);
        int last = (int)(Math.Min(end, inputLength) * toPicture);
        return (first, Math.Min(length, Math.Max(last, first + 1)));
    }

    private static float Share(SamMask mask, int left, int top, int right, int bottom)
    {
        int pixels = (right - left) * (bottom - top);
        int inside = 0;
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                inside += mask[x, y] ? 1 : 0;
            }
        }

        return pixels == 0
            ? -SamPrompt.MaskConfidence
            : SamPrompt.MaskConfidence * (((2f * inside) / pixels) - 1f);
    }
}
