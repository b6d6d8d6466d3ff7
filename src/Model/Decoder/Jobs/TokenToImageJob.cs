using SamNative.Kernels;

namespace SamNative;

/// <summary>Attention of the prompt's tokens to the image tokens; a piece is a head.</summary>
internal sealed unsafe class TokenToImageJob(DecoderWorkspace workspace) : DecoderJob(workspace)
{
    private ImageProjection image;
    private CancellationToken cancellation;

    /// <param name="projection">The image tokens' keys and values.</param>
    /// <param name="cancellationToken">Ends a piece of a long prompt, too.</param>
    public void Run(WorkerPool pool, ImageProjection projection, CancellationToken cancellationToken)
    {
        image = projection;
        cancellation = cancellationToken;
        pool.Run(this, Geometry.Heads, cancellationToken);
    }

    public override void Run(int index, int worker)
    {
        PromptTokens tokens = Workspace.Tokens;
        AttentionHead head = Geometry.ImageHead;
        head.Keys = image.Keys + (index * head.KeyFloats);
        head.Values = image.Values + (index * head.ValueFloats);
        TokenAttention.Run(
            Workspace.Scratch[worker].Attention, head, tokens.Queries + (index * head.HeadLanes),
            tokens.Attended + (index * head.HeadLanes), Geometry.HeadsStride(head.HeadDim), tokens.Count,
            cancellation);
    }
}
