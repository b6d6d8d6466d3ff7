namespace SamNative;

/// <summary>Sorting that can be cancelled, of as many items as there may be: equal ones stay in the order they came.</summary>
internal static class StableOrder
{
    /// <summary>Items that are merged between two looks at the cancellation.</summary>
    private const int Look = 1 << 15;

    /// <summary>The numbers 0 … count-1 in the order of what they stand for.</summary>
    /// <param name="compare">Below zero where the first of two comes first.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static int[] Of(int count, Comparison<int> compare, CancellationToken cancellationToken)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        int[] merged = new int[count];
        for (long width = 1; width < count; width *= 2)
        {
            for (long start = 0; start < count; start += 2 * width)
            {
                int middle = (int)Math.Min(start + width, count);
                int end = (int)Math.Min(start + (2 * width), count);
                Merge(order, merged, (int)start, middle, end, compare, cancellationToken);
            }

            (order, merged) = (merged, order);
        }

        return order;
    }

    private static void Merge(
        int[] source, int[] destination, int start, int middle, int end, Comparison<int> compare,
        CancellationToken cancellationToken)
    {
        for (int i = start, left = start, right = middle; i < end; i++)
        {
            if (i % Look == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            bool takeLeft = left < middle && (right >= end || compare(source[left], source[right]) <= 0);
            destination[i] = takeLeft ? source[left++] : source[right++];
        }
    }
}
