namespace SamNative;

/// <summary>
/// Queries, keys and values of normalised tokens. Only real tokens are multiplied: padding of a window comes after the
/// norm, so that the keys and values of padded tokens are the bias alone (<see cref="AttentionStep"/> puts them there).
/// </summary>
internal sealed unsafe class QkvStep(EncoderStep step, EncoderGeometry g, BlockWeights block) : RowStep(step, g, block.Qkv)
{
    private readonly HeadLayout layout = new(g, block.Global);

    protected override void Run(EncoderWorkspace workspace, int first, int rows, int worker)
    {
        WorkerScratch scratch = workspace.Scratch[worker];
        int stride = RowLayout.Stride(Geometry.Width);
        float* x = workspace.X + ((nint)first * Geometry.Stride);
        block.Norm1.Apply(workspace.Kernels, x, Geometry.Stride, scratch.A, stride, rows);
        HeadSplitSink sink = new(
            workspace.Kernels, layout, block.Qkv.Bias.Pointer, firstPart: 0, first, workspace.Q, Geometry.HeadsStride,
            workspace.K, workspace.V);
        Multiply(workspace, scratch.A, stride, rows, worker, sink);
    }
}
