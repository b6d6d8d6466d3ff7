using System.Text;

namespace SamNative.Bench;

/// <summary>A book of results as a page of Markdown: every figure, whoever it favours.</summary>
internal static class Page
{
    /// <param name="chart">The chart's file name; null where none could be drawn.</param>
    public static string Of(ResultBook book, string? chart)
    {
        StringBuilder page = new();
        page.AppendLine($"# {book.Machine.Processor}, {book.Date}").AppendLine();
        if (chart is not null)
        {
            page.AppendLine($"![Time and memory of one picture, less is better]({chart})").AppendLine();
        }

        Add(page, book.Encoder, "Encoder: SamNative and ONNX Runtime, single precision");
        Add(page, book.EncoderInt8, "Encoder: SamNative in single precision and ONNX Runtime in dynamic int8");
        Add(page, book.Products);
        Add(page, book.Scaling);
        Add(page, book.Narrow);
        Add(page, book.Masks);
        Add(page, book.Machine);
        return page.Replace("\r\n", "\n").ToString();
    }

    private static void Add(StringBuilder page, EncoderResult? result, string title)
    {
        if (result is null)
        {
            return;
        }

        (EncoderSide ours, EncoderSide theirs) = (result.Ours, result.Theirs);
        page.AppendLine($"## {title}").AppendLine();
        page.AppendLine($"{Verdict(result.Ratio, theirs.Name)} Median of {Number(result.Pairs)}, {Range(result.Ratio, "0.00")}.");
        if (result.PlainRatio is { } plain)
        {
            page.AppendLine($"Without Strassen's algorithm {plain.Median:0.00} times, {Range(plain, "0.00")}.");
        }

        page.AppendLine();
        EncoderSide[] sides = result.Plain is { } without ? [ours, without, theirs] : [ours, theirs];
        page.AppendLine($"| | {string.Join(" | ", sides.Select(side => side.Name))} |");
        page.AppendLine($"|---|{string.Concat(sides.Select(_ => "---|"))}");
        Row("one picture, median", side => $"**{side.EncodeMs.Median:N0} ms**");
        Row("min … max", side => $"{side.EncodeMs.Min:N0} … {side.EncodeMs.Max:N0} ms");
        Row("useful work per second", side => $"{result.Gflop / side.EncodeMs.Median * 1e3:N0} GFLOP/s");
        Row("of the FMA peak (fp32)", side => $"{100 * result.OfPeak(side):0} %");
        Row("peak memory (RSS)", side => $"{side.PeakRssMb:N0} MB");
        Row("load", side => $"{side.LoadMs:N0} ms");
        Row("first run", side => $"{side.FirstRunMs:N0} ms");
        Row(
            result.IsReference ? "error, max abs / relative RMS" : "difference from the peer, max abs / relative RMS",
            side => side.Error.ToString());
        Row("what ran", side => side.Description);
        page.AppendLine();
        page.AppendLine(
            $"{result.Model}; {PixelValues.Side} x {PixelValues.Side} pixel values, ready; {result.Gflop:N0} GFLOP of useful "
            + $"work a picture for both. {Text(result.Peaks)}").AppendLine();

        void Row(string name, Func<EncoderSide, string> value) =>
            page.AppendLine($"| {name} | {string.Join(" | ", sides.Select(value))} |");
    }

    private static void Add(StringBuilder page, ProductsResult? result)
    {
        if (result is null)
        {
            return;
        }

        page.AppendLine("## Matrix products of the encoder, alone").AppendLine();
        page.AppendLine(
            $"Weights are packed beforehand by both; medians of {result.Turns} turns. Ours: {result.Ours}; as the encoder "
            + "does it, the four linear layers by Strassen's algorithm, and plain; rows are laid out and a bias of zero is "
            + $"added within its time. Theirs: {result.Theirs}; MatMul and nothing else. Share of the peak by useful work.");
        page.AppendLine();
        page.AppendLine(
            "| shape | ours | of peak | plain | of peak | ONNX Runtime | of peak | their time / ours | / plain "
            + "| FMA peak, 256 / 512 bit |");
        page.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (ProductResult p in result.Products)
        {
            string Time(Spread times) => $"{times.Median:0.0} ms | {100 * p.OfPeak(times):0} %";
            page.AppendLine(
                $"| {p.Name}: {p.Rows} x {p.Depth} x {p.Columns} | {Time(p.Ours)} | {Time(p.Plain)} | {Time(p.Theirs)} "
                + $"| {p.Ratio.Median:0.00} | {p.PlainRatio.Median:0.00} | {p.Peaks.Bits256.Median:0} / {p.Peaks.Bits512?.Median.ToString("0") ?? "-"} |");
        }

        page.AppendLine();
    }

    private static void Add(StringBuilder page, ScalingResult? result)
    {
        if (result is null)
        {
            return;
        }

        page.AppendLine("## Threads").AppendLine();
        page.AppendLine($"| | 1 thread | {result.Threads} threads | ratio |").AppendLine("|---|---|---|---|");
        page.AppendLine(
            $"| our encoder, median of {Number(result.Pairs)} | {result.OneMs.Median:N0} ms | {result.AllMs.Median:N0} ms "
            + $"| {result.Speedup.Median:0.000} ({Range(result.Speedup, "0.00")}) |");
        page.AppendLine(
            $"| loop of multiply-adds | {result.PeakOfOne.Most:N0} GFLOP/s | {result.PeakOfAll.Most:N0} GFLOP/s "
            + $"| {result.PeakSpeedup:0.000} |");
        page.AppendLine().AppendLine(
            $"Of what the processor gives for more threads, the encoder gets {100 * result.Kept:0.0} %.").AppendLine();
    }

    private static void Add(StringBuilder page, NarrowResult? result)
    {
        if (result is null)
        {
            return;
        }

        page.AppendLine("## Without AVX-512").AppendLine();
        page.AppendLine(
            $"{result.Description}: {result.EncodeMs.Median:N0} ms, median of {result.Runs} ({Range(result.EncodeMs, "N0")}), "
            + $"{100 * result.OfPeak:0} % of the FMA peak at 256 bit. {Text(result.Peaks)}").AppendLine();
    }

    private static void Add(StringBuilder page, MasksResult? result)
    {
        if (result is null)
        {
            return;
        }

        page.AppendLine("## Automatic masks").AppendLine();
        page.AppendLine(
            $"{result.Description}: {result.Points:N0} points, both score filters off, so that all {3 * result.Points:N0} masks "
            + "are drawn, scored and boxed. Run lengths are made of those that suppression may keep, or of all, as the original "
            + $"does. The encode is included, loading is not; medians of {result.Runs}. Time x peak is what the time would be "
            + "worth at the FMA peak of the same minutes.").AppendLine();
        page.AppendLine("| picture | coded | time | FMA peak | time x peak | memory beyond an encode |");
        page.AppendLine("|---|---|---|---|---|---|");
        foreach (MasksOfSize size in result.Sizes)
        {
            Row(size, "leading", size.Usual);
            Row(size, "all", size.AllCoded);
        }

        page.AppendLine();

        void Row(MasksOfSize size, string coded, MasksRun run) => page.AppendLine(
            $"| {size.Width} x {size.Height} | {coded} | {run.Ms.Median:N0} ms ({Range(run.Ms, "N0")}) "
            + $"| {run.Peaks.Most:0} GFLOP/s | {run.Tflop:0.00} TFLOP | {run.MemoryMb:0} MB |");
    }

    private static void Add(StringBuilder page, Machine machine)
    {
        page.AppendLine("## Machine").AppendLine().AppendLine("| | |").AppendLine("|---|---|");
        page.AppendLine($"| processor | {machine.Processor}, {machine.InstructionSet}, {machine.Processors} processors |");
        page.AppendLine($"| memory | {machine.MemoryGb} GB |");
        page.AppendLine($"| system | {machine.System} |");
        page.AppendLine($"| runtime | {machine.Runtime} |");
        foreach ((string package, string version) in machine.Versions)
        {
            page.AppendLine($"| {package} | {version} |");
        }

        page.AppendLine().AppendLine("How to repeat it: bench/README.md.");
    }

    private static string Verdict(Spread ratio, string theirs) => ratio.Median >= 1
        ? $"**{theirs} takes {ratio.Median:0.00} times as long as SamNative.**"
        : $"**{theirs} is faster: it takes {ratio.Median:0.00} of the time of SamNative.**";

    /// <summary>A few pairs prove that the runner works, not who is faster.</summary>
    private static string Number(int pairs) => pairs < 7 ? $"{pairs} pairs only, a trial" : $"{pairs} pairs";

    private static string Text(FmaPeaks peaks) =>
        $"FMA peak of the same minutes on {peaks.Threads} threads: {Text(peaks.Bits256)} GFLOP/s at 256 bit"
        + (peaks.Bits512 is { } wide ? $", {Text(wide)} at 512 bit." : ".");

    private static string Text(Spread spread) => $"{spread.Median:0} ({Range(spread, "0")})";

    private static string Range(Spread spread, string format) => $"{spread.Min.ToString(format)} … {spread.Max.ToString(format)}";
}
