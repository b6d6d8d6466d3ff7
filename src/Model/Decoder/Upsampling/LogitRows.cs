using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Full-size logits of a mask, a row at a time in ascending order. Only the two rows of the encoder's frame that a row of the
/// picture lies between are ever kept, so memory does not grow with the picture's height.
/// </summary>
internal sealed unsafe class LogitRows : IDisposable
{
    /// <summary>Room behind a row: its last value again, and what a window that begins with it reads.</summary>
    private const int Spare = BilinearAxis.Window + Lane.Count - 1;

    private readonly KernelSet kernels;
    private readonly NativeBuffer memory;
    private readonly MaskFrame frame;
    private readonly float* lowRes;
    private readonly float*[] inputRows = new float*[2];
    private readonly int[] inputRow = new int[2];
    private readonly float* between;
    private readonly float* row;
    private float* logits;

    public LogitRows(KernelSet kernelSet, MaskFrame maskFrame)
    {
        kernels = kernelSet;
        frame = maskFrame;
        int low = Lane.RoundUp(frame.LowRes.Width) + Spare;
        int input = Lane.RoundUp(frame.Input.Width) + Spare;
        memory = new NativeBuffer(low + (3 * input) + Lane.RoundUp(frame.Original.Width));
        lowRes = memory.Pointer;
        inputRows[0] = lowRes + low;
        inputRows[1] = inputRows[0] + input;
        between = inputRows[1] + input;
        row = between + input;
    }

    /// <summary>Starts another mask.</summary>
    /// <param name="lowResLogits">[LowRes].</param>
    public void Begin(float* lowResLogits)
    {
        logits = lowResLogits;
        inputRow[0] = inputRow[1] = -1;
    }

    /// <summary>The logits of a row of the picture, padded to whole lanes; valid until the next call.</summary>
    public float* Row(int y)
    {
        BilinearAxis rows = frame.PictureRows;
        float* near = InputRow(rows.Near[y]);
        if (!rows.IsIdentity)
        {
            float* far = InputRow(rows.Far[y]);
            int lanes = Lane.RoundUp(frame.Input.Width);
            kernels.BetweenRows(near, far, rows.NearWeight[y], rows.FarWeight[y], between, lanes);
            near = between;
        }

        if (frame.PictureColumns.IsIdentity)
        {
            return near;
        }

        AlongRow(near, frame.PictureColumns, row);
        return row;
    }

    public void Dispose() => memory.Dispose();

    private float* InputRow(int y)
    {
        int slot = y & 1;
        if (inputRow[slot] != y)
        {
            BilinearAxis rows = frame.InputRows;
            nint width = frame.LowRes.Width;
            nint whole = width & ~(nint)(Lane.Count - 1);
            float* near = logits + (rows.Near[y] * width);
            float* far = logits + (rows.Far[y] * width);
            kernels.BetweenRows(near, far, rows.NearWeight[y], rows.FarWeight[y], lowRes, whole);

            // The logits are the caller's and end where they end: no whole lanes there.
            Bilinear.BetweenRowsScalar(
                near + whole, far + whole, rows.NearWeight[y], rows.FarWeight[y], lowRes + whole, width - whole);
            AlongRow(lowRes, frame.InputColumns, inputRows[slot]);
            inputRow[slot] = y;
        }

        return inputRows[slot];
    }

    private void AlongRow(float* source, BilinearAxis axis, float* destination)
    {
        if (axis.HasWindows)
        {
            WindowRow(source, axis, destination);
            return;
        }

        fixed (int* near = axis.Near, far = axis.Far)
        fixed (float* nearWeights = axis.NearWeight, farWeights = axis.FarWeight)
        {
            kernels.AlongRow(source, near, far, nearWeights, farWeights, destination, Lane.RoundUp(axis.Count));
        }
    }

    private void WindowRow(float* source, BilinearAxis axis, float* destination)
    {
        source[axis.Source] = source[axis.Source - 1];
        fixed (int* starts = axis.Starts, offsets = axis.Offsets)
        fixed (float* nearWeights = axis.NearWeight, farWeights = axis.FarWeight)
        {
            kernels.WindowRow(source, starts, offsets, nearWeights, farWeights, destination, Lane.RoundUp(axis.Count));
        }
    }
}
