using SamNative.Weights;

namespace SamNative;

/// <summary>
/// The weights' file and its hash. A model has it, and so has every embedding that it made: whoever still needs the hash
/// keeps the file open, so that an embedding can be saved after its model is gone.
/// </summary>
/// <param name="source">Closed when the last owner lets go; the maker is the first one.</param>
internal sealed class WeightsIdentity(TensorSource source)
{
    private readonly Lock gate = new();
    private string? sha256;
    private int owners = 1;

    /// <summary>Where the weights came from, as messages name it.</summary>
    public string Name => source.Name;

    /// <summary>SHA-256 of the weights' file, lower-case hexadecimal; computed when first asked for.</summary>
    public string Sha256
    {
        get
        {
            lock (gate)
            {
                return sha256 ??= source.ComputeSha256();
            }
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
