using System.Runtime.Intrinsics;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// A map resized: bilinear, corners not aligned, no antialiasing, in single precision, as PyTorch's interpolate has it.
/// </summary>
internal sealed unsafe class ResizeStep(string name, ActivationMap from, ActivationMap to)
    : EncoderStep(Describe(name, from, to), [from], [to])
{
    private readonly BilinearAxis down = new(from.Rows, to.Rows, to.Rows);
    private readonly BilinearAxis across = new(from.Columns, to.Columns, to.Columns);

    /// <summary>A piece is a row of the result.</summary>
    internal override int Pieces => to.Rows;

    internal override nint ScratchFloats(KernelSet kernels) => 0;

    internal override void Run(EncoderRun run, int piece, float* scratch)
    {
        float* near = run.At(from) + ((nint)down.Near[piece] * from.Columns * from.Stride);
        float* far = run.At(from) + ((nint)down.Far[piece] * from.Columns * from.Stride);
        float* result = run.At(to) + ((nint)piece * to.Columns * to.Stride);
        int lanes = Lane.RoundUp(to.Channels);
        for (int x = 0; x < to.Columns; x++, result += to.Stride)
        {
            nint left = (nint)across.Near[x] * from.Stride;
            nint right = (nint)across.Far[x] * from.Stride;
            for (int c = 0; c < lanes; c += Vector512<float>.Count)
            {
                Vector512<float> upper = Between(near + left + c, near + right + c, x);
                Vector512<float> lower = Between(far + left + c, far + right + c, x);
                ((down.NearWeight[piece] * upper) + (down.FarWeight[piece] * lower)).Store(result + c);
            }
        }
    }

    /// <summary>Products and sums are rounded one by one, so that every machine gives the same bits.</summary>
    private Vector512<float> Between(float* left, float* right, int x) =>
        (across.NearWeight[x] * Vector512.Load(left)) + (across.FarWeight[x] * Vector512.Load(right));

    private static StepDescription Describe(string name, ActivationMap from, ActivationMap to) => new(
        name, "resize", "bilinear", [from.Rows, from.Columns, from.Channels], [to.Rows, to.Columns, to.Channels],
        9L * to.Tokens * to.Channels, 0);
}
