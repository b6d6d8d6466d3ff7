namespace SamNative;

/// <summary>x = x + (attended * W + bias).</summary>
internal sealed unsafe class ProjectionStep(EncoderStep step, EncoderGeometry g, BlockWeights block)
    : RowStep(step, g, block.Proj)
{
    protected override void Run(EncoderWorkspace workspace, int first, int rows, int worker)
    {
        float* attended = workspace.Q + ((nint)first * Geometry.HeadsStride);
        RowSink sink = new(
            workspace.Kernels.BiasAdd, block.Proj.Bias.Pointer, workspace.X + ((nint)first * Geometry.Stride), Geometry.Stride);
        Multiply(workspace, attended, Geometry.HeadsStride, rows, worker, sink);
    }
}
