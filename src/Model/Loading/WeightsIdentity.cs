using SamNative.Weights;

namespace SamNative;

/// <summary>
/// The weights' file and its hash. A model has it, and so has every embedding that it made: whoever still needs the hash
/// keeps the file open, so that an embedding can be saved after its model is gone.
/// </summary>
/// <param name="source">Closed when the last owner lets go; the maker is the first one.</param>
internal sealed class WeightsIdentity(TensorSource source)
{
    /// <summary>How long a caller waits for another before it looks at its cancellation again.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private string? sha256;
    private int owners = 1;

    /// <summary>Where the weights came from, as messages name it.</summary>
    public string Name => source.Name;

    /// <summary>SHA-256 of the weights' file, lower-case hexadecimal; computed when first asked for.</summary>
    public string Sha256 => ComputeSha256(CancellationToken.None);

    /// <summary>The same; one caller computes it, and others wait for that one.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public string ComputeSha256(CancellationToken cancellationToken)
    {
        while (!gate.TryEnter(patience))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        try
        {
            return sha256 ??= source.ComputeSha256(cancellationToken);
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>One owner more.</summary>
    public WeightsIdentity Share()
    {
        Interlocked.Increment(ref owners);
        return this;
    }

    /// <summary>One owner less.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref owners) == 0)
        {
            source.Dispose();
        }
    }
}
