using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// The sides of a file's tensors, which show a model's numbers. Each number shows in several places and the majority counts,
/// so that one tensor of a wrong shape is reported itself, and not all the others.
/// </summary>
/// <param name="shapeOf">The shape of a tensor by the original's key, or null where the file lacks it.</param>
internal sealed class TensorSides(Func<string, ImmutableArray<long>?> shapeOf)
{
    /// <summary>The sides of a file's tensors.</summary>
    public static TensorSides Of(KeyTable table, KeyNaming naming) => new(
        key => table.TryGet(naming.NamesInFile(key)[0], out TensorInfo? tensor) ? tensor.Shape : null);

    /// <summary>One side of a tensor, or 0 where it has none; limited to what an int holds.</summary>
    public int this[string key, int axis] =>
        shapeOf(key) is { } shape && axis < shape.Length ? (int)Math.Min(shape[axis], int.MaxValue) : 0;

    /// <summary>The most frequent number; the first of equally frequent ones; 0 stands for none.</summary>
    public static int Majority(params ReadOnlySpan<int> numbers)
    {
        (int best, int bestCount) = (0, 0);
        foreach (int number in numbers)
        {
            int count = numbers.Count(number);
            if (number != 0 && count > bestCount)
            {
                (best, bestCount) = (number, count);
            }
        }

        return best;
    }
}
