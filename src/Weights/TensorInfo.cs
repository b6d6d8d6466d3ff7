using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>What a weight file says of one tensor: everything but its values.</summary>
public sealed class TensorInfo
{
    /// <summary>Describes a tensor whose values are stored in C order (last dimension fastest).</summary>
    /// <param name="name">The key in the file, as written there.</param>
    /// <param name="dtype">The type of an element.</param>
    /// <param name="shape">The dimensions; empty for a scalar, zeros are allowed.</param>
    /// <param name="offset">Where the values begin, in bytes from the start of the file.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or the values do not fill whole bytes.</exception>
    /// <exception cref="OverflowException">The size does not fit 64 bits.</exception>
    public TensorInfo(string name, TensorDtype dtype, ImmutableArray<long> shape, long offset)
    {
        ulong bits = BitsOf(dtype, shape)
            ?? throw new OverflowException($"The shape {Printable.Shape(shape)} is impossibly large.");
        if (bits % 8 != 0)
        {
            throw new ArgumentException(
                $"{dtype.FileName()} {Printable.Shape(shape)} does not fill whole bytes.", nameof(shape));
        }

        (Name, Dtype, Shape, Offset) = (name, dtype, shape, offset);
        ElementCount = (long)(bits / (ulong)dtype.BitsPerElement());
        ByteLength = (long)(bits / 8);
    }

    /// <summary>The key in the file, as written there.</summary>
    public string Name { get; }

    /// <summary>The type of an element.</summary>
    public TensorDtype Dtype { get; }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Where the values begin, in bytes from the start of the file.</summary>
    public long Offset { get; }

    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>The size of the values in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>For messages and listings: <c>name F32 [768, 3, 16, 16]</c>.</summary>
    public override string ToString() => $"{Printable.Quote(Name)} {Dtype.FileName()} {Printable.Shape(Shape)}";

    /// <summary>
    /// The size of a tensor's values in bits, or null where a partial product of it does not fit 64 bits (so that a
    /// zero behind impossible dimensions is no excuse: the rule of safetensors).
    /// </summary>
    internal static ulong? BitsOf(TensorDtype dtype, ImmutableArray<long> shape)
    {
        ulong count = 1;
        foreach (long side in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(side, nameof(shape));
            if (Math.BigMul(count, (ulong)side, out count) != 0)
            {
                return null;
            }
        }

        return Math.BigMul(count, (ulong)dtype.BitsPerElement(), out ulong bits) == 0 ? bits : null;
    }
}
