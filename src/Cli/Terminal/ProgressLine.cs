namespace SamNative.Cli;

/// <summary>
/// A line on the terminal that counts to 100 % and then goes away; silent where stderr is no terminal.
/// </summary>
internal sealed class ProgressLine(string what) : IProgress<SamProgress>, IProgress<double>, IDisposable
{
    private readonly bool shown = !Console.IsErrorRedirected;
    private int lastPercent = -1;
    private int length;

    /// <inheritdoc/>
    public void Report(SamProgress value) => Show(value.Done * 100 / value.Total);

    /// <summary>Shows a part of the work, up to 1.</summary>
    public void Report(double value) => Show((int)(value * 100));

    public void Dispose()
    {
        if (length > 0)
        {
            Console.Error.Write($"\r{new string(' ', length)}\r");
        }
    }

    private void Show(int percent)
    {
        if (shown && percent != lastPercent)
        {
            lastPercent = percent;
            string line = $"{what} {percent} %";
            length = Math.Max(length, line.Length);
            Console.Error.Write($"\r{line.PadRight(length)}");
        }
    }
}
