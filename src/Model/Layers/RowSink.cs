using SamNative.Kernels;

namespace SamNative;

/// <summary>Tiles become rows of an activation: destination = f(tile + bias), f and destination as the kernel has it.</summary>
internal readonly unsafe struct RowSink(TileKernel kernel, float* bias, float* destination, nint stride) : ITileSink
{
    public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes) =>
        kernel(tile, ldt, bias + column, destination + (row * stride) + column, stride, rows, lanes);

    public void Fetch(int row, int rows, int column, int lanes) =>
        FetchAhead.Rows(destination + (row * stride) + column, stride, rows, lanes);
}
