namespace SamNative;

/// <summary>
/// A map of activations that one step of an encoder writes and others read: rows x columns tokens of some channels, each
/// token's channels side by side. It has a place in the arena while it lives.
/// </summary>
public sealed class ActivationMap
{
    /// <param name="name">A short name.</param>
    /// <param name="frame">Its rows and columns.</param>
    /// <param name="channels">Values of a token.</param>
    /// <param name="stride">Floats from one token to the next.</param>
    /// <param name="floats">All that it takes, spare rows included.</param>
    internal ActivationMap(string name, Frame frame, int channels, int stride, long floats)
    {
        Name = name;
        Rows = frame.Rows;
        Columns = frame.Columns;
        Channels = channels;
        Stride = stride;
        Floats = floats;
    }

    /// <summary>A map with a row for each token, and spare rows behind them.</summary>
    /// <param name="block">Rows come in multiples of this.</param>
    internal static ActivationMap OfRows(string name, Frame frame, int channels, int block = 1)
    {
        int stride = RowLayout.Stride(channels);
        long rows = ((frame.Tokens + block - 1) / block * block) + RowLayout.SpareRows;
        return new ActivationMap(name, frame, channels, stride, rows * stride);
    }

    /// <summary>A short name, unique in a plan.</summary>
    public string Name { get; }

    /// <summary>Tokens from top to bottom.</summary>
    public int Rows { get; }

    /// <summary>Tokens from left to right.</summary>
    public int Columns { get; }

    /// <summary>Values of a token.</summary>
    public int Channels { get; }

    /// <summary>The size of its place in the arena, in floats.</summary>
    public long Floats { get; }

    /// <summary>Where that place begins, in floats.</summary>
    public long Offset { get; internal set; }

    /// <summary>The first step that needs it.</summary>
    public int FirstStep { get; internal set; }

    /// <summary>The last step that needs it; what comes after may take its place.</summary>
    public int LastStep { get; internal set; }

    /// <summary>Floats from one token to the next.</summary>
    internal int Stride { get; }

    /// <summary>All tokens.</summary>
    internal int Tokens => Rows * Columns;
}
