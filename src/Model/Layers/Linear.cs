using SamNative.Kernels;

namespace SamNative;

/// <summary>A linear layer, packed for the kernels: y = x * Weight + Bias.</summary>
/// <param name="strassen">The weight for Strassen's algorithm; null where it is multiplied as it is.</param>
internal sealed class Linear(PackedMatrix weight, NativeBuffer bias, StrassenMatrix? strassen = null)
{
    /// <summary>[inputs, outputs]; not to be used where there is <see cref="Strassen"/>, which changes its blocks.</summary>
    public PackedMatrix Weight { get; } = weight;

    /// <summary>[outputs], padded with zeros to whole lanes.</summary>
    public NativeBuffer Bias { get; } = bias;

    /// <summary>The weight for Strassen's algorithm, which then serves all products; null where there is none.</summary>
    public StrassenMatrix? Strassen { get; } = strassen;
}
