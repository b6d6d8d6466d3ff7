using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The image's half of a two-way layer, row block by row block: attention of image tokens to the prompt's tokens,
/// residual and norm4, then the keys and values that the next attention of the prompt's tokens reads.
/// </summary>
internal sealed unsafe class ImageToTokenJob(
    DecoderWorkspace workspace, PromptWeights prompt, TwoWayLayer layer, AttentionWeights next, HeadLayout layout)
    : DecoderJob(workspace)
{
    /// <summary>[ImageTokens, Stride]: the image tokens before this layer; may be <see cref="DecoderWorkspace.Keys"/>.</summary>
    public float* Source { get; set; }

    /// <summary>[ImageTokens, heads]: their queries where they are known already, or null.</summary>
    public float* Q { get; set; }

    /// <summary>One head of the prompt's keys and values.</summary>
    public AttentionHead TokenHead { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        int lanes = Lane.RoundUp(Geometry.Width);
        float* keys = Workspace.Keys + (first * stride);
        float* positions = prompt.DensePositions.Pointer + (first * stride);
        if (Source != Workspace.Keys)
        {
            new ReadOnlySpan<float>(Source + (first * stride), checked((int)(rows * stride)))
                .CopyTo(new Span<float>(keys, checked((int)(rows * stride))));
        }

        Attend(scratch, Queries(scratch, keys, positions, first, rows), rows);
        Product(
            scratch, scratch.Attended, Geometry.HeadsStride(Geometry.CrossHeadDim), rows, layer.ImageToToken.Out,
            Kernels.BiasAdd, keys, stride);
        layer.Norm4.Apply(Kernels, keys, stride, keys, stride, rows);

        ImageHeads(scratch, keys, stride, first, rows, next.V, 2, layout, Workspace.K, Workspace.V);
        Kernels.AddRows(keys, stride, positions, stride, scratch.A, stride, rows, lanes);
        ImageHeads(scratch, scratch.A, stride, first, rows, next.K, 1, layout, Workspace.K, Workspace.V);
    }

    private float* Queries(DecoderScratch scratch, float* keys, float* positions, int first, int rows)
    {
        nint heads = Geometry.HeadsStride(Geometry.CrossHeadDim);
        if (Q != null)
        {
            return Q + (first * heads);
        }

        nint stride = Geometry.Stride;
        Kernels.AddRows(keys, stride, positions, stride, scratch.A, stride, rows, Lane.RoundUp(Geometry.Width));
        Product(scratch, scratch.A, stride, rows, layer.ImageToToken.Q, Kernels.Bias, scratch.Queries, heads);
        return scratch.Queries;
    }

    private void Attend(DecoderScratch scratch, float* queries, int rows)
    {
        AttentionHead head = TokenHead;
        for (int i = 0; i < Geometry.Heads; i++)
        {
            TokenAttention.Run(
                scratch.Attention, head, queries + (i * head.HeadLanes), scratch.Attended + (i * head.HeadLanes),
                Geometry.HeadsStride(head.HeadDim), rows);
            head.Keys += head.KeyFloats;
            head.Values += head.ValueFloats;
        }
    }
}
