using SkiaSharp;

namespace SamNative.Imaging;

/// <summary>
/// Draws masks and prompts over a picture. Lines and discs are white or coloured with a dark edge, so that they are
/// seen on any background; their sizes are multiples of one unit that grows with the picture.
/// </summary>
internal sealed class Overlay : IDisposable
{
    /// <summary>The blue in which the original's notebooks show a mask.</summary>
    public static readonly SKColor Azure = new(30, 144, 255);

    private static readonly SKColor positive = new(20, 140, 60);
    private static readonly SKColor negative = new(214, 39, 40);
    private static readonly SKColor frameColour = new(90, 245, 120);
    private static readonly SKColor dark = new(0, 0, 0, 150);

    private readonly SKCanvas canvas;
    private readonly float unit;

    /// <param name="picture">What is drawn over.</param>
    public Overlay(SKBitmap picture)
    {
        canvas = new SKCanvas(picture);
        unit = Math.Max(1, MathF.Sqrt((float)picture.Width * picture.Height) / 600);
    }

    /// <summary>Tints the mask and draws its outline in white.</summary>
    public void DrawMask(SamMask mask, SKColor colour)
    {
        Tint(mask, colour.WithAlpha(120));
        using SKPath outline = Outline(mask);
        StrokeWithEdge(outline, SKColors.White);
    }

    /// <summary>Tints one mask of many and draws its outline in the same colour.</summary>
    public void DrawArea(SamMask mask, SKColor colour)
    {
        Tint(mask, colour.WithAlpha(140));
        using SKPath outline = Outline(mask);
        StrokeWithEdge(outline, colour);
    }

    /// <summary>Draws the box and then the points of a prompt.</summary>
    public void DrawPrompt(PromptMarks prompt)
    {
        if (prompt.Box is (float x0, float y0, float x1, float y1))
        {
            using SKPathBuilder frame = new();
            frame.AddRect(new SKRect(x0 + 0.5f, y0 + 0.5f, x1 + 0.5f, y1 + 0.5f), SKPathDirection.Clockwise);
            using SKPath path = frame.Detach();
            StrokeWithEdge(path, frameColour);
        }

        foreach ((float x, float y) in prompt.Positive)
        {
            DrawPoint(x, y, positive, upright: true);
        }

        foreach ((float x, float y) in prompt.Negative)
        {
            DrawPoint(x, y, negative, upright: false);
        }
    }

    /// <summary>Ends the drawing; the picture stays.</summary>
    public void Dispose() => canvas.Dispose();

    private void Tint(SamMask mask, SKColor colour)
    {
        using SKBitmap inside = new(new SKImageInfo(mask.Width, mask.Height, SKColorType.Alpha8));
        mask.ToBytes(inside.GetPixelSpan());
        using SKPaint tint = new() { Color = colour };
        canvas.DrawBitmap(inside, 0, 0, SKSamplingOptions.Default, tint);
    }

    private static SKPath Outline(SamMask mask)
    {
        using SKPathBuilder path = new();
        foreach (MaskPolygon polygon in mask.ToPolygons())
        {
            AddRing(path, polygon.Outer);
            foreach (IReadOnlyList<(int X, int Y)> hole in polygon.Holes)
            {
                AddRing(path, hole);
            }
        }

        return path.Detach();
    }

    private static void AddRing(SKPathBuilder path, IReadOnlyList<(int X, int Y)> ring) =>
        path.AddPoly([.. ring.Select(corner => new SKPoint(corner.X, corner.Y))], close: true);

    // A point is the middle of its pixel.
    private void DrawPoint(float x, float y, SKColor colour, bool upright)
    {
        SKPoint centre = new(x + 0.5f, y + 0.5f);
        foreach ((float radius, SKColor fill) in new[] { (9, dark), (8, SKColors.White), (6.5f, colour) })
        {
            using SKPaint disc = new() { Color = fill, IsAntialias = true };
            canvas.DrawCircle(centre, radius * unit, disc);
        }

        using SKPaint sign = Pen(SKColors.White, 2);
        float arm = 3.2f * unit;
        canvas.DrawLine(centre.X - arm, centre.Y, centre.X + arm, centre.Y, sign);
        if (upright)
        {
            canvas.DrawLine(centre.X, centre.Y - arm, centre.X, centre.Y + arm, sign);
        }
    }

    private void StrokeWithEdge(SKPath path, SKColor colour)
    {
        using SKPaint edge = Pen(dark, 4);
        canvas.DrawPath(path, edge);
        using SKPaint line = Pen(colour, 2);
        canvas.DrawPath(path, line);
    }

    private SKPaint Pen(SKColor colour, float width) => new()
    {
        Color = colour,
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeWidth = width * unit,
        StrokeJoin = SKStrokeJoin.Round,
        StrokeCap = SKStrokeCap.Round,
    };
}
