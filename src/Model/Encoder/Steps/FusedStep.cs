using SamNative.Kernels;

namespace SamNative;

/// <summary>A step of the plan as the kernels run it: in pieces that any worker may take.</summary>
internal abstract class FusedStep(EncoderStep step)
{
    public EncoderStep Step { get; } = step;

    /// <summary>Into how many pieces the step falls.</summary>
    public abstract int Pieces(EncoderWorkspace workspace);

    /// <summary>Does one piece.</summary>
    public abstract void Run(EncoderWorkspace workspace, int piece, int worker);
}

/// <summary>Tiles become rows of an activation: destination = f(tile + bias), f and destination as the kernel has it.</summary>
internal readonly unsafe struct RowSink(TileKernel kernel, float* bias, float* destination, nint stride) : ITileSink
{
    public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes) =>
        kernel(tile, ldt, bias + column, destination + (row * stride) + column, stride, rows, lanes);

    public void Fetch(int row, int rows, int column, int lanes) =>
        FetchAhead.Rows(destination + (row * stride) + column, stride, rows, lanes);
}
