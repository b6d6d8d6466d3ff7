using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>The kernels of pictures and masks: a row of a mask from 256 to 1024, a row of a picture from 1920 to 1024.</summary>
internal static unsafe class ImageKernelWork
{
    private const int MaskSide = 256;
    private const int PictureSide = 1920;
    private const int Side = 1024;

    /// <summary>One, as Pillow's weights have it.</summary>
    private const int Whole = 1 << 22;

    public static Action Prepare(KernelRow row) => row.Operation switch
    {
        Operation.BilinearBetweenRows => BetweenRows((BetweenRowsKernel)row.Function),
        Operation.BilinearAlongRow => AlongRow((AlongRowKernel)row.Function),
        Operation.BilinearWindowRow => WindowRow((AlongRowKernel)row.Function),
        Operation.Above => Above((AboveKernel)row.Function),
        Operation.BytesAlongRow => BytesAlongRow((BytesAlongRowKernel)row.Function),
        Operation.BytesBetweenRows => BytesBetweenRows((BytesBetweenRowsKernel)row.Function),
        _ => throw new NotSupportedException($"{row.Operation} is no kernel of pictures."),
    };

    private static Action BetweenRows(BetweenRowsKernel kernel)
    {
        Operands o = new(Side, Side, Side);
        return () => kernel(o[0], o[1], 0.25f, 0.75f, o[2], Side);
    }

    private static Action AlongRow(AlongRowKernel kernel)
    {
        Operands o = new(MaskSide, Side, Side, Side, Side, Side);
        for (int i = 0; i < Side; i++)
        {
            ((int*)o[1])[i] = i * MaskSide / Side;
            ((int*)o[2])[i] = Math.Min((i * MaskSide / Side) + 1, MaskSide - 1);
        }

        return () => kernel(o[0], (int*)o[1], (int*)o[2], o[3], o[4], o[5], Side);
    }

    private static Action WindowRow(AlongRowKernel kernel)
    {
        const int Times = Side / MaskSide;
        Operands o = new(MaskSide + (2 * Lane.Count) + 1, Side / Lane.Count, Side, Side, Side, Side);
        for (int i = 0; i < Side; i++)
        {
            ((int*)o[1])[i / Lane.Count] = i / Lane.Count * (Lane.Count / Times);
            ((int*)o[2])[i] = i % Lane.Count / Times;
        }

        return () => kernel(o[0], (int*)o[1], (int*)o[2], o[3], o[4], o[5], Side);
    }

    private static Action Above(AboveKernel kernel)
    {
        Operands o = new(Side, Side);
        return () => kernel(o[0], 0.5f, (ulong*)o[1], Side);
    }

    private static Action BytesAlongRow(BytesAlongRowKernel kernel)
    {
        const int Taps = 5;
        const int Used = 4;
        Operands o = new(PictureSide, Side, Side, Side * Taps, Side);
        int* starts = (int*)o[1];
        for (int i = 0; i < Side; i++)
        {
            starts[i] = Math.Min(i * PictureSide / Side, PictureSide - Used);
        }

        new Span<int>(o[2], Side).Fill(Used);
        new Span<int>(o[3], Side * Taps).Fill(Whole / Used);
        return () => kernel((byte*)o[0], (int*)o[1], (int*)o[2], (int*)o[3], Taps, (byte*)o[4], Side);
    }

    private static Action BytesBetweenRows(BytesBetweenRowsKernel kernel)
    {
        const int Rows = 4;
        Operands o = new(Rows * Side, Rows, Side);
        new Span<int>(o[1], Rows).Fill(Whole / Rows);
        return () => kernel((byte*)o[0], Side * 4, (int*)o[1], Rows, (byte*)o[2], Side * 4);
    }
}
