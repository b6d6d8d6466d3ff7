namespace SamNative.Cli;

/// <summary>A line at the bottom of the terminal that is written again and again and then goes away.</summary>
/// <param name="writer">The terminal.</param>
/// <param name="shown">False where it is none: then nothing is written.</param>
internal sealed class StatusLine(TextWriter writer, bool shown) : IDisposable
{
    private int length;

    /// <summary>The line on stderr, where that is a terminal.</summary>
    public static StatusLine OnError() => new(Console.Error, !Console.IsErrorRedirected);

    /// <summary>Replaces what the line says.</summary>
    public void Show(string text)
    {
        if (shown)
        {
            length = Math.Max(length, text.Length);
            writer.Write($"\r{text.PadRight(length)}");
        }
    }

    /// <summary>Takes the line away, so that something that stays can be written.</summary>
    public void Clear()
    {
        if (length > 0)
        {
            writer.Write($"\r{new string(' ', length)}\r");
            length = 0;
        }
    }

    public void Dispose() => Clear();
}
