using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// What the first layer of the decoder makes of the image tokens before it has seen the prompt: keys and values of its
/// token-to-image attention, queries of its image-to-token attention.
/// </summary>
internal sealed unsafe class ProjectImageJob(DecoderWorkspace workspace, TwoWayLayer layer, HeadLayout layout)
    : DecoderJob(workspace)
{
    /// <summary>[ImageTokens, Stride].</summary>
    public float* Source { get; set; }

    /// <summary>Where the keys go.</summary>
    public float* K { get; set; }

    /// <summary>Where the values go.</summary>
    public float* V { get; set; }

    /// <summary>Where the queries go, as columns; null where they are made when they are needed.</summary>
    public float* Q { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        float* source = Source + (first * stride);
        ImageValues(scratch, source, stride, first, rows, layer.TokenToImage.V, layout, V);
        Kernels.AddRows(
            source, stride, Workspace.Picture.Positions + (first * stride), stride, scratch.A, stride, rows,
            Lane.RoundUp(Geometry.Width));
        ImageKeys(scratch, scratch.A, stride, first, rows, layer.TokenToImage.K, layout, K);
        if (Q != null)
        {
            int heads = Geometry.HeadsStride(Geometry.CrossHeadDim);
            Product(scratch, scratch.A, stride, rows, layer.ImageToToken.Q, Kernels.Bias, scratch.Queries, heads);
            Kernels.Transpose(
                scratch.Queries, heads, Q + (index * Geometry.QueryBlockFloats), DecoderGeometry.ColumnStride,
                Lane.RoundUp(rows), heads);
        }
    }
}
