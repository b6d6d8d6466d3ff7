using SamNative.Weights;

namespace SamNative;

/// <summary>
/// Looks through the values of a tensor, part by part and from any thread, and keeps the first one that is no number, so
/// that the message does not depend on which thread met it.
/// </summary>
internal sealed class FirstNonFinite
{
    private readonly Lock gate = new();
    private long position = long.MaxValue;
    private float value;

    /// <summary>Looks at the values from a flat position of the tensor on.</summary>
    public void Look(ReadOnlySpan<float> values, long first)
    {
        int bad = Finite.IndexOfOther(values);
        if (bad < 0)
        {
            return;
        }

        lock (gate)
        {
            if (first + bad < position)
            {
                position = first + bad;
                value = values[bad];
            }
        }
    }

    /// <summary>Ends loading where one was found in the tensor.</summary>
    public void ThrowIfFound(ModelCheckpoint checkpoint, string name)
    {
        if (position != long.MaxValue)
        {
            throw new CheckpointException(
                CheckpointError.NotFinite,
                $"{checkpoint.Source.Name}: tensor {name} holds {value} at flat position {position}: the file is damaged, "
                + "or training diverged. Set SamOptions.AllowNonFiniteWeights to load it all the same.");
        }
    }
}
