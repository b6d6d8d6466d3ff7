namespace SamNative.Cli;

/// <summary>
/// A line on the terminal that counts to 100 % and then goes away; silent where stderr is no terminal.
/// </summary>
internal sealed class ProgressLine(string what) : IProgress<SamProgress>, IProgress<double>, IDisposable
{
    private readonly StatusLine line = StatusLine.OnError();
    private int lastPercent = -1;

    /// <inheritdoc/>
    public void Report(SamProgress value) => Show(value.Done * 100 / value.Total);

    /// <summary>Shows a part of the work, up to 1.</summary>
    public void Report(double value) => Show((int)(value * 100));

    public void Dispose() => line.Dispose();

    private void Show(int percent)
    {
        if (percent != lastPercent)
        {
            lastPercent = percent;
            line.Show($"{what} {percent} %");
        }
    }
}
