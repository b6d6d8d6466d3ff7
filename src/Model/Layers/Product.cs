using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Products of rows with linear layers, whatever the layers' form: the one place that tells forms apart. A form says which
/// rows are multiplied together (<see cref="RowPieces"/>), and what a worker needs meanwhile.
/// </summary>
internal static unsafe class Product
{
    /// <summary>
    /// Rows of a block that is multiplied plainly. All weights pass by once per block; more rows would push the panels out of
    /// the second-level cache. 192 is a multiple of every kernel's tile height.
    /// </summary>
    public const int PlainRows = 192;

    /// <summary>The most rows that are multiplied together.</summary>
    public static int BlockRows(LinearForm form) => form == LinearForm.Strassen ? StrassenProduct.BlockRows : PlainRows;

    /// <summary>The floats of scratch that <see cref="Run"/> needs.</summary>
    public static nint ScratchFloats(KernelSet kernels, LinearForm form, int inputs) => form == LinearForm.Strassen
        ? StrassenScratch.Floats(kernels, inputs, hidden: false)
        : MatrixProduct.TileFloats;

    /// <summary>The floats of scratch that <see cref="RunMlp"/> needs.</summary>
    public static nint MlpScratchFloats(KernelSet kernels, LinearForm form, int inputs, int outputs) => form == LinearForm.Strassen
        ? StrassenScratch.Floats(kernels, Math.Max(inputs, PackedMatrix.Chunk), hidden: true)
        : MatrixProduct.TileFloats + HiddenFloats + ((nint)(PlainRows + RowLayout.SpareRows) * Lane.RoundUp(outputs));

    private static nint HiddenFloats => (nint)(PlainRows + RowLayout.SpareRows) * MatrixProduct.HiddenStride;

    /// <summary>The layer's product for a piece of rows, each tile to the sink; the bias is the sink's.</summary>
    /// <param name="a">
    /// [BlockRows of the form, inputs], stride lda, from the block's first row on: the piece's rows past the last may be
    /// overwritten.
    /// </param>
    /// <param name="scratch"><see cref="ScratchFloats"/>.</param>
    public static void Run<TSink>(
        KernelSet kernels, float* a, nint lda, in RowPiece piece, Linear linear, float* scratch, in TSink sink)
        where TSink : struct, ITileSink
    {
        switch (linear.Form)
        {
            case LinearForm.Strassen:
                StrassenProduct.Run(
                    kernels, a, lda, piece, linear.StrassenWeight, new StrassenScratch(kernels, linear.Inputs, scratch), sink);
                break;
            default:
                MatrixProduct.Run(kernels, a, lda, piece.BlockRows, linear.Weight, scratch, sink);
                break;
        }
    }

    /// <summary>
    /// The two layers of an MLP for a piece of rows, sink(activation(A * first) * second): the hidden layer is made and used
    /// up in chunks, so that it never leaves the cache. Both layers have the same form.
    /// </summary>
    /// <param name="a">As for <see cref="Run"/>; it may become the hidden layer.</param>
    /// <param name="activation">Bias and activation of the hidden layer.</param>
    /// <param name="scratch"><see cref="MlpScratchFloats"/>.</param>
    /// <param name="share">Adds what all chunks but the last give to the result, if it is made in shares.</param>
    /// <param name="last">Adds what the last one gives, or all of it; the bias is this sink's.</param>
    public static void RunMlp<TSink>(
        KernelSet kernels, float* a, nint lda, in RowPiece piece, Linear first, TileKernel activation, Linear second,
        float* scratch, in TSink share, in TSink last)
        where TSink : struct, ITileSink
    {
        switch (first.Form)
        {
            case LinearForm.Strassen:
                StrassenScratch room = new(kernels, Math.Max(first.Inputs, PackedMatrix.Chunk), scratch);
                StrassenProduct.RunMlp(
                    kernels, a, lda, piece, first.StrassenWeight, first.Bias.Pointer, activation, second.StrassenWeight, room,
                    share, last);
                break;
            default:
                float* hidden = scratch + MatrixProduct.TileFloats;
                MatrixProduct.RunMlp(
                    kernels, a, lda, piece.BlockRows, first.Weight, first.Bias.Pointer, activation, second.Weight, hidden,
                    hidden + HiddenFloats, scratch, last);
                break;
        }
    }
}
