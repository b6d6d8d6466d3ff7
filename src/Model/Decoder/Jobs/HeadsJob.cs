using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// What the decoder's own tokens say in the end: piece 0 predicts the masks' IoU, each other piece makes one mask's vector
/// for the product with the upscaled pixels. Every piece reads weights of its own, which is what takes the time.
/// </summary>
internal sealed unsafe class HeadsJob(DecoderWorkspace workspace, DecoderWeights weights) : DecoderJob(workspace)
{
    /// <summary>The mask token of the first mask.</summary>
    public int FirstMask { get; set; }

    /// <summary>How many masks are made.</summary>
    public int Masks { get; set; }

    /// <summary>[Masks]: the predicted IoU of each.</summary>
    public float* Scores { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        TokenBuffers tokens = Workspace.Tokens;
        if (index == 0)
        {
            float* result = Run(scratch, weights.IouHead, tokens.Queries);
            Copy(result + FirstMask, Scores, Masks);
            return;
        }

        HeadMlp head = weights.Hypernetworks[FirstMask + index - 1];
        float* vector = Run(scratch, head, tokens.Queries + ((nint)index * Geometry.Stride));
        int lanes = Lane.RoundUp(Geometry.Upscaled2);
        Copy(vector, tokens.Hyper + ((nint)(index - 1) * lanes), lanes);
    }

    private float* Run(DecoderScratch scratch, HeadMlp head, float* token)
    {
        RowProduct(scratch, token, head.First, Kernels.BiasRelu, scratch.Vector1);
        RowProduct(scratch, scratch.Vector1, head.Second, Kernels.BiasRelu, scratch.Vector2);
        RowProduct(scratch, scratch.Vector2, head.Third, Kernels.Bias, scratch.Vector1);
        return scratch.Vector1;
    }

    /// <summary>One row, read again for every row of a tile.</summary>
    private void RowProduct(DecoderScratch scratch, float* row, Linear layer, TileKernel kernel, float* result) =>
        Product(scratch, row, 0, 1, layer, kernel, result, 0);

    private static void Copy(float* source, float* destination, int count) =>
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
}
