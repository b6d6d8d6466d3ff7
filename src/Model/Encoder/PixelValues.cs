using System.Numerics.Tensors;

namespace SamNative;

/// <summary>Pictures that were prepared elsewhere: [n, 3, side, side].</summary>
internal static unsafe class PixelValues
{
    /// <summary>The side of the pictures.</summary>
    /// <param name="sides">The sides that the model takes.</param>
    /// <exception cref="ArgumentException">They have another shape.</exception>
    public static int SideOf(in ReadOnlyTensorSpan<float> pixelValues, ReadOnlySpan<int> sides)
    {
        if (pixelValues.Rank == 4 && pixelValues.Lengths[0] >= 1 && pixelValues.Lengths[1] == 3 && pixelValues.IsDense)
        {
            foreach (int side in sides)
            {
                if (pixelValues.Lengths[2] == side && pixelValues.Lengths[3] == side)
                {
                    return side;
                }
            }
        }

        string shapes = string.Join(" or ", sides.ToArray().Select(side => $"[n, 3, {side}, {side}]"));
        throw new ArgumentException(
            $"Pixel values for this model are a dense {shapes} tensor; "
            + $"[{string.Join(", ", pixelValues.Lengths.ToArray())}] was given.", nameof(pixelValues));
    }

    /// <summary>One of the pictures.</summary>
    /// <param name="values">All of them.</param>
    /// <exception cref="NonFiniteException">A value of it is no number.</exception>
    public static float* Picture(float* values, int index, int side)
    {
        nint first = (nint)index * 3 * side * side;
        Finite.Check(new ReadOnlySpan<float>(values + first, 3 * side * side), NonFiniteValues.PixelValues, first);
        return values + first;
    }
}
