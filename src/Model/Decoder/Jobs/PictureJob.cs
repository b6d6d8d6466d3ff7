using SamNative.Kernels;

namespace SamNative;

/// <summary>Takes an embedding [Width, Rows, Columns] in: channels last, with no_mask_embed added and without.</summary>
internal sealed unsafe class PictureJob(DecoderWorkspace workspace, PromptWeights weights) : DecoderJob(workspace)
{
    private float* channels;

    /// <param name="embedding">[Width, Rows, Columns].</param>
    public void Run(WorkerPool pool, ReadOnlySpan<float> embedding)
    {
        fixed (float* values = embedding)
        {
            channels = values;
            pool.Run(this, RowBlocks, CancellationToken.None);
        }
    }

    public override void Run(int index, int worker)
    {
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        float* tokens = Workspace.Picture.Embedding + (first * stride);
        for (int c = 0; c < Geometry.Width; c++)
        {
            float* source = channels + ((nint)c * Geometry.ImageTokens) + first;
            for (int r = 0; r < rows; r++)
            {
                tokens[(r * stride) + c] = source[r];
            }
        }

        Kernels.AddRows(
            tokens, stride, weights.NoMask.Pointer, 0, Workspace.Picture.WithoutMask + (first * stride), stride, rows,
            Lane.RoundUp(Geometry.Width));
    }
}
