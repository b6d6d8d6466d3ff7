using SamNative.Kernels;

namespace SamNative;

/// <summary>Attention of the prompt's tokens to the image tokens; a piece is a head.</summary>
internal sealed unsafe class TokenToImageJob(DecoderWorkspace workspace) : DecoderJob(workspace)
{
    /// <summary>Ends a piece of a long prompt.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>The image tokens' keys.</summary>
    public float* K { get; set; }

    /// <summary>The image tokens' values.</summary>
    public float* V { get; set; }

    public override void Run(int index, int worker)
    {
        TokenBuffers tokens = Workspace.Tokens;
        AttentionHead head = Geometry.ImageHead;
        head.Keys = K + (index * head.KeyFloats);
        head.Values = V + (index * head.ValueFloats);
        TokenAttention.Run(
            Workspace.Scratch[worker].Attention, head, tokens.Q + (index * head.HeadLanes),
            tokens.Attended + (index * head.HeadLanes), Geometry.HeadsStride(head.HeadDim), tokens.Count,
            Cancellation);
    }
}

/// <summary>Attends for queries without positions, a block at a time.</summary>
internal static unsafe class TokenAttention
{
    /// <param name="queries">[count, HeadLanes], stride apart.</param>
    /// <param name="result">[count, HeadLanes], stride apart.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void Run(
        AttentionBlock attention, in AttentionHead head, float* queries, float* result, nint stride, int count,
        CancellationToken cancellationToken)
    {
        for (int first = 0; first < count; first += DecoderWorkspace.RowBlock)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int rows = Math.Min(DecoderWorkspace.RowBlock, count - first);
            attention.Begin(head, null);
            attention.AddQueries(queries + (first * stride), stride, rows);
            attention.Finish();
            attention.Store(0, rows, result + (first * stride), stride);
        }
    }
}
