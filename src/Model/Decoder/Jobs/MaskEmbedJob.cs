using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Embeds a mask prompt, low-resolution logits: two 2 x 2 convolutions with stride 2, each with LayerNorm2d and GELU,
/// then a 1 x 1 convolution; the result is added to the picture's embedding.
/// </summary>
internal sealed unsafe class MaskEmbedJob(DecoderWorkspace workspace, PromptWeights weights) : DecoderJob(workspace)
{
    private float* logits;

    /// <summary>Fills <see cref="DecoderWorkspace.WithMask"/>.</summary>
    /// <param name="mask">[LowRes].</param>
    public void Run(WorkerPool pool, ReadOnlySpan<float> mask, CancellationToken cancellationToken)
    {
        fixed (float* values = mask)
        {
            logits = values;
            pool.Run(this, RowBlocks, cancellationToken);
        }
    }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        int lanes1 = Lane.RoundUp(Geometry.MaskChannels / 4);
        int lanes2 = Lane.RoundUp(Geometry.MaskChannels);
        float* patches = scratch.Upscaled2;
        float* hidden1 = scratch.Upscaled1;
        for (int r = 0; r < rows; r++)
        {
            Gather(first + r, patches + ((nint)r * 4 * Lane.Count));
        }

        // A row of the first convolution is a quarter of a token: four of them lie side by side as the second one's row.
        Product(scratch, new ChannelRows(patches, Lane.Count, 4 * rows), weights.Mask1, Kernels.Bias, hidden1, lanes1);
        Activate(weights.MaskNorm1, hidden1, lanes1, 4 * rows);
        float* hidden2 = scratch.Upscaled2;
        Product(scratch, new ChannelRows(hidden1, 4 * lanes1, rows), weights.Mask2, Kernels.Bias, hidden2, lanes2);
        Activate(weights.MaskNorm2, hidden2, lanes2, rows);

        nint stride = Geometry.Stride;
        float* result = Workspace.WithMask + (first * stride);
        Product(scratch, new ChannelRows(hidden2, lanes2, rows), weights.Mask3, Kernels.Bias, result, stride);
        Kernels.AddRows(
            Workspace.Picture.Embedding + (first * stride), stride, result, stride, result, stride, rows, Lane.RoundUp(Geometry.Width));
    }

    private void Activate(Norm norm, float* values, nint stride, int rows)
    {
        norm.Apply(Kernels, values, stride, values, stride, rows);
        Kernels.BiasGelu(values, stride, Workspace.Zeros, values, stride, rows, stride);
    }

    /// <summary>The 4 x 4 logits of a token as four 2 x 2 patches, a row of 16 floats each.</summary>
    private void Gather(int token, float* destination)
    {
        (int y, int x) = Math.DivRem(token, Geometry.Columns);
        for (int patch = 0; patch < 4; patch++)
        {
            int top = (4 * y) + (2 * (patch / 2));
            int left = (4 * x) + (2 * (patch % 2));
            for (int tap = 0; tap < 4; tap++)
            {
                destination[(patch * Lane.Count) + tap] =
                    logits[((nint)(top + (tap / 2)) * Geometry.LowRes.Width) + left + (tap % 2)];
            }
        }
    }
}
