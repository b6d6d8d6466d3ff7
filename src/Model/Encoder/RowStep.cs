using SamNative.Kernels;

namespace SamNative;

/// <summary>A step over the rows of all tokens, each row by itself: a piece is some of the rows.</summary>
/// <param name="rows">How many there are.</param>
/// <param name="form">How the step's layers are multiplied.</param>
/// <param name="kernels">Null for a step to look at.</param>
/// <param name="workers">How many workers share it.</param>
internal abstract unsafe class RowStep(
    StepDescription description, ActivationMap[] reads, ActivationMap[] writes, int rows, LinearForm form, KernelSet? kernels,
    int workers) : EncoderStep(description, reads, writes)
{
    private readonly RowPieces? pieces = kernels is null ? null : RowPieces.Cut(rows, form, kernels.TileRows, workers);

    internal sealed override int Pieces => pieces!.Count;

    /// <summary>Rows of a block of the step's product, and those that a tile may read behind them.</summary>
    protected int ScratchRows { get; } = Product.BlockRows(form) + RowLayout.SpareRows;

    internal sealed override void Run(EncoderRun run, int piece, float* scratch) => Run(run, pieces![piece], scratch);

    /// <summary>Does some of the rows.</summary>
    protected abstract void Run(EncoderRun run, in RowPiece piece, float* scratch);

    /// <summary>Normalises a piece's rows of a map into those of a block: destination [block, stride].</summary>
    protected static void Normalise(
        EncoderRun run, Norm norm, ActivationMap map, in RowPiece piece, float* destination, nint stride)
    {
        for (int part = 0; part < piece.Parts; part++)
        {
            (int row, int count) = piece.Part(part);
            if (count > 0)
            {
                float* source = run.At(map) + ((nint)(piece.First + row) * map.Stride);
                norm.Apply(run.Kernels, source, map.Stride, destination + (row * stride), stride, count);
            }
        }
    }
}
