using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The image's half of a two-way layer for prompts of any length, row block by row block: attention of image tokens to the
/// prompt's tokens, residual and norm4, then the keys and values that the next attention of the prompt's tokens reads.
/// </summary>
internal sealed unsafe class ImageToTokenJob(
    DecoderWorkspace workspace, TwoWayLayer layer, AttentionWeights next, HeadLayout layout)
    : DecoderJob(workspace)
{
    private float* before;
    private AttentionHead promptHead;
    private CancellationToken cancellation;

    /// <param name="image">
    /// [ImageTokens, Stride]: the image tokens before this layer; may be <see cref="DecoderWorkspace.Image"/>.
    /// </param>
    /// <param name="prompt">The first head of the prompt's keys and values.</param>
    /// <param name="cancellationToken">Ends a piece of a long prompt, too.</param>
    public void Run(WorkerPool pool, float* image, in AttentionHead prompt, CancellationToken cancellationToken)
    {
        before = image;
        promptHead = prompt;
        cancellation = cancellationToken;
        pool.Run(this, RowBlocks, cancellationToken);
    }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        int lanes = Lane.RoundUp(Geometry.Width);
        float* source = before + (first * stride);
        float* image = Workspace.Image + (first * stride);
        float* positions = Workspace.Picture.Positions + (first * stride);
        nint heads = Geometry.HeadsStride(Geometry.CrossHeadDim);
        ChannelRows positioned = new(scratch.Rows, stride, rows);
        Kernels.AddRows(source, stride, positions, stride, scratch.Rows, stride, rows, lanes);
        Product(scratch, positioned, layer.ImageToToken.Queries, Kernels.Bias, scratch.Queries, heads);
        Attend(scratch, scratch.Queries, rows);
        Product(
            scratch, new ChannelRows(scratch.Attended, heads, rows), layer.ImageToToken.Out, Kernels.Bias, scratch.Rows, stride);
        Kernels.AddRows(source, stride, scratch.Rows, stride, image, stride, rows, lanes);
        layer.Norm4.Apply(Kernels, image, stride, image, stride, rows);

        ImageProjection projection = Workspace.Projection;
        ImageValues(scratch, new ChannelRows(image, stride, rows), first, next.Values, layout, projection.Values);
        Kernels.AddRows(image, stride, positions, stride, scratch.Rows, stride, rows, lanes);
        ImageKeys(scratch, positioned, first, next.Keys, layout, projection.Keys);
    }

    private void Attend(DecoderScratch scratch, float* queries, int rows)
    {
        AttentionHead head = promptHead;
        for (int i = 0; i < Geometry.Heads; i++)
        {
            TokenAttention.Run(
                scratch.Attention, head, queries + (i * head.HeadLanes), scratch.Attended + (i * head.HeadLanes),
                Geometry.HeadsStride(head.HeadDim), rows, cancellation);
            head.Keys += head.KeyFloats;
            head.Values += head.ValueFloats;
        }
    }
}
