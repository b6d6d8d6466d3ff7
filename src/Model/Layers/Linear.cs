using SamNative.Kernels;

namespace SamNative;

/// <summary>How the weight of a linear layer is kept, and so how it is multiplied.</summary>
internal enum LinearForm
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>For Strassen's algorithm: <see cref="StrassenProduct"/>.</summary>
    Strassen,
}

/// <summary>
/// A linear layer, packed for the kernels: y = x * weight + bias. Its form is decided when it is loaded, and then it is in
/// that form alone. <see cref="Product"/> multiplies by it.
/// </summary>
internal sealed class Linear
{
    private readonly PackedMatrix plain;
    private readonly StrassenMatrix? strassen;

    public Linear(PackedMatrix weight, NativeBuffer bias)
    {
        plain = weight;
        Bias = bias;
    }

    private Linear(Linear former, StrassenMatrix weight)
        : this(former.plain, former.Bias) => strassen = weight;

    public LinearForm Form => strassen is null ? LinearForm.Plain : LinearForm.Strassen;

    public int Inputs => plain.Rows;

    public int Outputs => plain.Columns;

    /// <summary>[Outputs], padded with zeros to whole lanes.</summary>
    public NativeBuffer Bias { get; }

    /// <summary>[Inputs, Outputs], where the form is <see cref="LinearForm.Plain"/>.</summary>
    public PackedMatrix Weight => strassen is null ? plain : throw new InvalidOperationException("The weight has another form.");

    /// <summary>[Inputs, Outputs], where the form is <see cref="LinearForm.Strassen"/>.</summary>
    public StrassenMatrix StrassenWeight => strassen ?? throw new InvalidOperationException("The weight has another form.");

    /// <summary>The layer for Strassen's algorithm; the plain one is gone then, since its memory is used.</summary>
    /// <param name="depthUnit">Inputs that are multiplied at a time.</param>
    public Linear ToStrassen(KernelSet kernels, int depthUnit = int.MaxValue) =>
        new(this, StrassenMatrix.Of(kernels, Weight, depthUnit));
}
