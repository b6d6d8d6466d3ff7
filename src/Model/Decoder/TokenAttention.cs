using SamNative.Kernels;

namespace SamNative;

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
