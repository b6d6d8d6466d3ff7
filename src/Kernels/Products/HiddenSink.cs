namespace SamNative.Kernels;

/// <summary>Bias and activation, then into the rows of a chunk of an MLP's hidden layer.</summary>
/// <param name="bias">That of the whole hidden layer.</param>
/// <param name="hidden">The chunk, stride floats from row to row.</param>
/// <param name="start">The chunk's first column.</param>
internal readonly unsafe struct HiddenSink(TileKernel activation, float* bias, float* hidden, nint stride, int start) : ITileSink
{
    public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes) =>
        activation(tile, ldt, bias + column, hidden + (row * stride) + (column - start), stride, rows, lanes);

    /// <summary>Nothing: the chunk is in the cache.</summary>
    public void Fetch(int row, int rows, int column, int lanes)
    {
    }
}
