namespace SamNative;

/// <summary>Rows of channels.</summary>
/// <param name="first">The first row.</param>
/// <param name="stride">Floats from one row to the next.</param>
/// <param name="count">How many rows.</param>
internal readonly unsafe struct ChannelRows(float* first, nint stride, int count)
{
    public float* First { get; } = first;

    public nint Stride { get; } = stride;

    public int Count { get; } = count;
}
