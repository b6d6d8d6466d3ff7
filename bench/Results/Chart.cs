using ScottPlot;
using ScottPlot.Plottables;

namespace SamNative.Bench;

/// <summary>Time and memory of one picture (of both, less is better), side by side, small enough for a README.</summary>
internal static class Chart
{
    private const int Width = 840;
    private const int Height = 260;

    private static readonly Color ourColor = Color.FromHex("#1f77b4");
    private static readonly Color theirColor = Color.FromHex("#9aa0a6");

    /// <summary>Draws a PNG; null where there is nothing to draw or no font to write with.</summary>
    public static byte[]? Draw(ResultBook book)
    {
        EncoderSide[] sides = [.. Sides(book)];
        if (sides.Length == 0)
        {
            return null;
        }

        if (ChartFont.Find() is not { } font)
        {
            Progress.Say("no chart: this system has no TrueType font to write with.");
            return null;
        }

        Multiplot both = new();
        both.AddPlots(2);
        both.Layout = new ScottPlot.MultiplotLayouts.Columns();
        Fill(both.GetPlot(0), sides, font, "seconds a picture", side => side.EncodeMs.Median / 1e3, "0.00");
        Fill(both.GetPlot(1), sides, font, "peak memory, GB", side => side.PeakRssMb / 1024, "0.0");
        return both.Render(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    /// <summary>Who is faster by computing something else says so.</summary>
    private static string LabelOf(EncoderSide side)
    {
        string name = side.Name.Replace(", ", "\n", StringComparison.Ordinal);
        return side.Error.IsWithin(Closeness.Bar) ? name : $"{name}, error {100 * side.Error.RelativeRms:0.0} %";
    }

    private static IEnumerable<EncoderSide> Sides(ResultBook book)
    {
        if (book.EncoderInt8 is { } quantized)
        {
            yield return quantized.Theirs;
        }

        if (book.Encoder is { } single)
        {
            yield return single.Theirs;
        }

        if ((book.Encoder ?? book.EncoderInt8) is { } any)
        {
            yield return any.Ours;
        }
    }

    /// <summary>One panel: a horizontal bar for each, the last on top.</summary>
    private static void Fill(
        Plot plot, EncoderSide[] sides, string font, string title, Func<EncoderSide, double> value, string format)
    {
        Bar[] bars = new Bar[sides.Length];
        for (int i = 0; i < sides.Length; i++)
        {
            double length = value(sides[i]);
            bars[i] = new Bar
            {
                Position = i,
                Value = length,
                Label = length.ToString(format),
                FillColor = i == sides.Length - 1 ? ourColor : theirColor,
                LineWidth = 0,
                Size = 0.6,
                Orientation = Orientation.Horizontal,
            };
        }

        BarPlot bar = plot.Add.Bars(bars);
        bar.ValueLabelStyle.FontName = font;
        bar.ValueLabelStyle.FontSize = 13;
        plot.Axes.Left.SetTicks(
            [.. Enumerable.Range(0, sides.Length).Select(i => (double)i)],
            [.. sides.Select(LabelOf)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.IsVisible = false;
        plot.Axes.Top.IsVisible = false;
        plot.Axes.Right.IsVisible = false;
        plot.HideGrid();
        plot.Title(title, 14);
        plot.Axes.Title.Label.Bold = false;
        plot.Font.Set(font);
        plot.Axes.SetLimits(0, sides.Max(value) * 1.2, -0.6, sides.Length - 0.4);
    }
}
