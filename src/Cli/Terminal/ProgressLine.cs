namespace SamNative.Cli;

/// <summary>
/// A line on the terminal that counts to 100 % and then goes away; silent where stderr is no terminal.
/// </summary>
internal sealed class ProgressLine(string what) : IProgress<SamProgress>, IDisposable
{
    private readonly bool shown = !Console.IsErrorRedirected;
    private int lastPercent = -1;
    private int length;

    public void Report(SamProgress value)
    {
        int percent = value.Done * 100 / value.Total;
        if (shown && percent != lastPercent)
        {
            lastPercent = percent;
            string line = $"{what} {percent} %";
            length = Math.Max(length, line.Length);
            Console.Error.Write($"\r{line.PadRight(length)}");
        }
    }

    public void Dispose()
    {
        if (length > 0)
        {
            Console.Error.Write($"\r{new string(' ', length)}\r");
        }
    }
}
