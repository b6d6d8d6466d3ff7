using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The image's half of a two-way layer for prompts of any length, row block by row block: attention of image tokens to the prompt's tokens,
/// residual and norm4, then the keys and values that the next attention of the prompt's tokens reads.
/// </summary>
internal sealed unsafe class ImageToTokenJob(
    DecoderWorkspace workspace, TwoWayLayer layer, AttentionWeights next, HeadLayout layout)
    : DecoderJob(workspace)
{
    /// <summary>[ImageTokens, Stride]: the image tokens before this layer; may be <see cref="DecoderWorkspace.Keys"/>.</summary>
    public float* Source { get; set; }

    /// <summary>Ends a piece of a long prompt.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>One head of the prompt's keys and values.</summary>
    public AttentionHead TokenHead { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        int lanes = Lane.RoundUp(Geometry.Width);
        float* source = Source + (first * stride);
        float* keys = Workspace.Keys + (first * stride);
        float* positions = Workspace.Picture.Positions + (first * stride);
        Kernels.AddRows(source, stride, positions, stride, scratch.A, stride, rows, lanes);
        Product(
            scratch, scratch.A, stride, rows, layer.ImageToToken.Q, Kernels.Bias, scratch.Queries,
            Geometry.HeadsStride(Geometry.CrossHeadDim));
        Attend(scratch, scratch.Queries, rows);
        Product(
            scratch, scratch.Attended, Geometry.HeadsStride(Geometry.CrossHeadDim), rows, layer.ImageToToken.Out,
            Kernels.Bias, scratch.A, stride);
        Kernels.AddRows(source, stride, scratch.A, stride, keys, stride, rows, lanes);
        layer.Norm4.Apply(Kernels, keys, stride, keys, stride, rows);

        ImageValues(scratch, keys, stride, first, rows, next.V, layout, Workspace.V);
        Kernels.AddRows(keys, stride, positions, stride, scratch.A, stride, rows, lanes);
        ImageKeys(scratch, scratch.A, stride, first, rows, next.K, layout, Workspace.K);
    }

    private void Attend(DecoderScratch scratch, float* queries, int rows)
    {
        AttentionHead head = TokenHead;
        for (int i = 0; i < Geometry.Heads; i++)
        {
            TokenAttention.Run(
                scratch.Attention, head, queries + (i * head.HeadLanes), scratch.Attended + (i * head.HeadLanes),
                Geometry.HeadsStride(head.HeadDim), rows, Cancellation);
            head.Keys += head.KeyFloats;
            head.Values += head.ValueFloats;
        }
    }
}
