using SamNative.Kernels;

namespace SamNative;

/// <summary>The parameters of a LayerNorm over the channels of a row.</summary>
internal sealed class Norm(NativeBuffer gamma, NativeBuffer beta, int count, float epsilon)
{
    /// <summary>The epsilon of the encoder's norms and of every LayerNorm2d.</summary>
    public const float Epsilon6 = 1e-6f;

    /// <summary>The epsilon of the decoder's transformer (PyTorch's default).</summary>
    public const float Epsilon5 = 1e-5f;

    /// <summary>Normalises rows of source into destination, which may be the same.</summary>
    public unsafe void Apply(KernelSet kernels, float* source, nint lds, float* destination, nint ldd, int rows) =>
        kernels.LayerNorm(source, lds, gamma.Pointer, beta.Pointer, epsilon, destination, ldd, rows, count);
}
