using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// What the output tokens say in the end: piece 0 predicts the masks' IoU, each other piece makes one mask's vector for the
/// product with the upscaled pixels. Every piece reads weights of its own, which is what takes the time.
/// </summary>
internal sealed unsafe class OutputJob(DecoderWorkspace workspace, DecoderWeights weights) : DecoderJob(workspace)
{
    private MaskChoice choice;
    private float* scores;

    /// <param name="masks">The masks whose tokens were kept, behind the IoU token.</param>
    /// <param name="destination">[masks]: the predicted IoU of each.</param>
    public void Run(WorkerPool pool, MaskChoice masks, Span<float> destination, CancellationToken cancellationToken)
    {
        fixed (float* values = destination)
        {
            choice = masks;
            scores = values;
            pool.Run(this, 1 + masks.Count, cancellationToken);
        }
    }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        PromptTokens tokens = Workspace.Tokens;
        if (index == 0)
        {
            float* result = Run(scratch, weights.IouMlp, tokens.Current);
            Copy(result + choice.First, scores, choice.Count);
            return;
        }

        OutputMlp hypernetwork = weights.Hypernetworks[choice.First + index - 1];
        float* vector = Run(scratch, hypernetwork, tokens.Current + ((nint)index * Geometry.Stride));
        int lanes = Lane.RoundUp(Geometry.Upscaled2);
        Copy(vector, tokens.MaskVectors + ((nint)(index - 1) * lanes), lanes);
    }

    private float* Run(DecoderScratch scratch, OutputMlp mlp, float* token)
    {
        RowProduct(scratch, token, mlp.First, Kernels.BiasRelu, scratch.Vector1);
        RowProduct(scratch, scratch.Vector1, mlp.Second, Kernels.BiasRelu, scratch.Vector2);
        RowProduct(scratch, scratch.Vector2, mlp.Third, Kernels.Bias, scratch.Vector1);
        return scratch.Vector1;
    }

    /// <summary>One row, read again for every row of a tile.</summary>
    private void RowProduct(DecoderScratch scratch, float* row, Linear layer, TileKernel kernel, float* result) =>
        Product(scratch, new ChannelRows(row, 0, 1), layer, kernel, result, 0);

    private static void Copy(float* source, float* destination, int count) =>
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
}
