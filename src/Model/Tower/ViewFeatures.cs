using System.Numerics.Tensors;

namespace SamNative;

/// <summary>
/// The features of views of one size: for each view a grid of tokens. Both tensors are views of the same values, in which the
/// channels of a token lie side by side.
/// </summary>
public sealed class ViewFeatures
{
    private readonly float[] values;

    internal ViewFeatures(int side, int count, ActivationMap result)
    {
        Side = side;
        Count = count;
        Rows = result.Rows;
        Columns = result.Columns;
        Channels = result.Channels;
        values = GC.AllocateUninitializedArray<float>(checked(count * result.Tokens * result.Channels));
    }

    /// <summary>Pixels per side of a view.</summary>
    public int Side { get; }

    /// <summary>How many views there are.</summary>
    public int Count { get; }

    /// <summary>Tokens from top to bottom.</summary>
    public int Rows { get; }

    /// <summary>Tokens from left to right.</summary>
    public int Columns { get; }

    /// <summary>Values of a token.</summary>
    public int Channels { get; }

    /// <summary>[Count, Rows * Columns, Channels], dense: the tokens of a view row by row.</summary>
    public ReadOnlyTensorSpan<float> Tokens => new(values, [Count, Rows * Columns, Channels]);

    /// <summary>
    /// [Count, Channels, Rows, Columns], with strides: the same values without a copy. FlattenTo gives them channels first.
    /// </summary>
    public ReadOnlyTensorSpan<float> Map
    {
        get
        {
            nint[] lengths = [Count, Channels, Rows, Columns];
            nint[] strides = [Rows * Columns * Channels, 1, Columns * Channels, Channels];
            for (int i = 0; i < lengths.Length; i++)
            {
                // TensorSpan takes no other stride along a side of one.
                strides[i] = lengths[i] == 1 ? 0 : strides[i];
            }

            return new ReadOnlyTensorSpan<float>(values, 0, lengths, strides);
        }
    }

    /// <summary>The tokens of a view, [Rows * Columns, Channels].</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such view.</exception>
    public ReadOnlySpan<float> At(int view) => Destination(view);

    /// <summary>Where the tokens of a view are written to.</summary>
    internal Span<float> Destination(int view)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)view, (uint)Count, nameof(view));
        int length = Rows * Columns * Channels;
        return values.AsSpan(view * length, length);
    }
}
