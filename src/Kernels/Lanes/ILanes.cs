namespace SamNative.Kernels;

/// <summary>
/// Sixteen float lanes, the unit in which everything but the matrix product is written. One 512-bit register, two of
/// 256 or four of 128 bits hold the same sixteen lanes, so a kernel written once over ILanes gives the same bits at
/// every level: each operation is correctly rounded lane by lane, and the only reductions fold 8, 4, 2, 1.
/// </summary>
internal unsafe interface ILanes<T>
    where T : struct, ILanes<T>
{
    static abstract T Zero { get; }

    static abstract T Broadcast(float value);

    static abstract T Load(float* source);

    /// <summary>Lanes taken from base[index[lane]].</summary>
    static abstract T Gather(float* source, int* index);

    /// <summary>Lane i is value index[i] of the 32 in low and high.</summary>
    static abstract T Pick(T low, T high, int* index);

    /// <summary>Lane i is table[k], k the low four bits of lane i of index.</summary>
    static abstract T Lookup(float* table, T index);

    static abstract void Store(T value, float* destination);

    static abstract T Add(T left, T right);

    static abstract T Subtract(T left, T right);

    static abstract T Multiply(T left, T right);

    static abstract T Divide(T left, T right);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract T Fma(T left, T right, T addend);

    /// <summary>The larger one; right where both are zero or one is NaN.</summary>
    static abstract T Max(T left, T right);

    /// <summary>The smaller one; right where both are zero or one is NaN.</summary>
    static abstract T Min(T left, T right);

    static abstract T Abs(T value);

    /// <summary>The nearest integer, halves to even.</summary>
    static abstract T Round(T value);

    /// <summary>The first count lanes of value, +0 in the others; count in 0 … 16.</summary>
    static abstract T KeepFirst(T value, int count);

    /// <summary>
    /// value * 2^exponent by an addition to the exponent field, +0 where exponent &lt; -125. For values in [0.5, 2) and
    /// integers exponent &lt;= 126.
    /// </summary>
    static abstract T ScaleByPowerOfTwo(T value, T exponent);

    /// <summary>The sum of the lanes, folded in halves: lane i + lane i+8, then 4, 2, 1.</summary>
    static abstract float Sum(T value);

    /// <summary>The largest lane. Not for NaN.</summary>
    static abstract float MaxAcross(T value);

    /// <summary>Bit i is set where lane i is greater than threshold.</summary>
    static abstract uint GreaterThan(T value, float threshold);
}
