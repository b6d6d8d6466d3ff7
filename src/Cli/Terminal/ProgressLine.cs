namespace SamNative.Cli;

/// <summary>
/// A line on the terminal that counts to 100 % and then goes away; silent where stderr is no terminal.
/// </summary>
internal sealed class ProgressLine(string what) : IProgress<SamProgress>, IDisposable
{
    private readonly StatusLine line = StatusLine.OnError();
    private int lastPercent = -1;

    public void Report(SamProgress value)
    {
        int percent = value.Done * 100 / value.Total;
        if (percent != lastPercent)
        {
            lastPercent = percent;
            line.Show($"{what} {percent} %");
        }
    }

    public void Dispose() => line.Dispose();
}
