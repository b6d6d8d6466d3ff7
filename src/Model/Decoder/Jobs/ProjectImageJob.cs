using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// What the first layer of the decoder makes of the image tokens before it has seen the prompt: keys and values of its
/// token-to-image attention, queries of its image-to-token attention.
/// </summary>
internal sealed unsafe class ProjectImageJob(DecoderWorkspace workspace, TwoWayLayer layer, HeadLayout layout)
    : DecoderJob(workspace)
{
    private float* image;
    private ImageProjection destination;

    /// <param name="tokens">[ImageTokens, Stride].</param>
    /// <param name="projection">Where the result goes; without queries none are made.</param>
    public void Run(WorkerPool pool, float* tokens, ImageProjection projection, CancellationToken cancellationToken)
    {
        image = tokens;
        destination = projection;
        pool.Run(this, RowBlocks, cancellationToken);
    }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        float* source = image + (first * stride);
        ImageValues(
            scratch, new ChannelRows(source, stride, rows), first, layer.TokenToImage.Values, layout, destination.Values);
        Kernels.AddRows(
            source, stride, Workspace.Picture.Positions + (first * stride), stride, scratch.Rows, stride, rows,
            Lane.RoundUp(Geometry.Width));
        ChannelRows positioned = new(scratch.Rows, stride, rows);
        ImageKeys(scratch, positioned, first, layer.TokenToImage.Keys, layout, destination.Keys);
        if (destination.Queries != null)
        {
            int heads = Geometry.HeadsStride(Geometry.CrossHeadDim);
            Product(scratch, positioned, layer.ImageToToken.Queries, Kernels.Bias, scratch.Queries, heads);
            Kernels.Transpose(
                scratch.Queries, heads, destination.Queries + (index * Geometry.QueryBlockFloats), DecoderGeometry.ColumnStride,
                Lane.RoundUp(rows), heads);
        }
    }
}
