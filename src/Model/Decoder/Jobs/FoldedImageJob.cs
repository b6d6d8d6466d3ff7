using System.Runtime.CompilerServices;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The image's half of a two-way layer for short prompts, row block by row block: what <see cref="ImageToTokenJob"/> does,
/// with the prompt multiplied into the weights (<see cref="FoldedPrompt"/>).
/// </summary>
internal sealed unsafe class FoldedImageJob(
    DecoderWorkspace workspace, PromptWeights prompt, TwoWayLayer layer, AttentionWeights next, HeadLayout layout)
    : DecoderJob(workspace)
{
    /// <summary>[ImageTokens, Stride]: the image tokens before this layer; may be <see cref="DecoderWorkspace.Keys"/>.</summary>
    public float* Source { get; set; }

    /// <summary>[blocks, heads, ColumnStride]: their queries as columns where they are known already, or null.</summary>
    public float* Q { get; set; }

    public FoldedPrompt? Folded { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        nint stride = Geometry.Stride;
        int lanes = Lane.RoundUp(Geometry.Width);
        float* source = Source + (first * stride);
        float* keys = Workspace.Keys + (first * stride);
        float* positions = prompt.DensePositions.Pointer + (first * stride);
        if (Q != null)
        {
            KnownLogits(scratch, Q + (index * Geometry.QueryBlockFloats), Lane.RoundUp(rows));
        }
        else
        {
            Kernels.AddRows(source, stride, positions, stride, scratch.A, stride, rows, lanes);
            Logits(scratch, rows);
        }

        Probabilities(scratch, Lane.RoundUp(rows));
        Attend(scratch, source, keys, rows);
        layer.Norm4.Apply(Kernels, keys, stride, keys, stride, rows);

        ImageValues(scratch, keys, stride, first, rows, next.V, layout, Workspace.V);
        Kernels.AddRows(keys, stride, positions, stride, scratch.A, stride, rows, lanes);
        ImageKeys(scratch, scratch.A, stride, first, rows, next.K, layout, Workspace.K);
    }

    /// <summary>Columns = keys · queries, head by head: the prompt's keys are rows, image tokens are columns.</summary>
    private void KnownLogits(DecoderScratch scratch, float* queries, int columns)
    {
        FoldedPrompt folded = Folded!;
        nint stride = DecoderGeometry.ColumnStride;
        for (int head = 0; head < Geometry.Heads; head++)
        {
            int channel = head * Lane.RoundUp(Geometry.CrossHeadDim);
            for (int row = 0; row < folded.Tokens; row += Kernels.TileRows)
            {
                float* a = folded.Keys + (row * folded.KeyStride) + channel;
                float* destination = scratch.Columns + (((head * folded.Tokens) + row) * stride);
                for (int c = 0, width; c < columns; c += width)
                {
                    width = Lane.PanelWidth(columns - c, Kernels.MaxPanelWidth);
                    Kernels.Gemm(width)(
                        a, folded.KeyStride, queries + (channel * stride) + c, stride, Geometry.CrossHeadDim, null, 0,
                        destination + c, stride);
                }
            }
        }
    }

    /// <summary>Columns = the rows of A with positions, times the folded queries.</summary>
    private void Logits(DecoderScratch scratch, int rows)
    {
        FoldedPrompt folded = Folded!;
        nint pairs = Geometry.PairStride;
        RowSink sink = new(Kernels.Bias, folded.QueryBias, scratch.Pairs, pairs);
        MatrixProduct.Run(Kernels, scratch.A, Geometry.Stride, rows, folded.Queries, scratch.Tile, sink);
        Kernels.Transpose(
            scratch.Pairs, pairs, scratch.Columns, DecoderGeometry.ColumnStride, Lane.RoundUp(rows), Lane.RoundUp(folded.Pairs));
    }

    /// <summary>Columns of logits become rows of probabilities, with a 1 behind them.</summary>
    private void Probabilities(DecoderScratch scratch, int columns)
    {
        FoldedPrompt folded = Folded!;
        nint stride = DecoderGeometry.ColumnStride;
        Kernels.ColumnSoftmax(scratch.Columns, stride, Geometry.Heads, folded.Tokens, columns);
        new Span<float>(scratch.Columns + (folded.Pairs * stride), columns).Fill(1f);
        Kernels.Transpose(
            scratch.Columns, stride, scratch.Pairs, Geometry.PairStride, Lane.RoundUp(folded.Pairs + 1), columns);
    }

    /// <summary>keys = source + probabilities · result: one chain per element, the bias its last term.</summary>
    private void Attend(DecoderScratch scratch, float* source, float* keys, int rows)
    {
        nint stride = Geometry.Stride;
        PackedMatrix result = Folded!.Result;
        foreach (Panel panel in result.Panels)
        {
            GemmKernel gemm = Kernels.Gemm(panel.Width);
            for (int row = 0; row < rows; row += Kernels.TileRows)
            {
                nint at = (row * stride) + panel.Column;
                bool whole = row + Kernels.TileRows <= rows;
                gemm(
                    scratch.Pairs + (row * (nint)Geometry.PairStride), Geometry.PairStride, result.At(panel), panel.Width,
                    result.Rows, source + at, stride, whole ? keys + at : scratch.Tile, whole ? stride : panel.Width);
                if (!whole)
                {
                    CopyRows(scratch.Tile, panel.Width, keys + at, stride, rows - row);
                }
            }
        }
    }

    /// <summary>What follows the last row of a block belongs to another worker.</summary>
    private static void CopyRows(float* source, int count, float* destination, nint stride, int rows)
    {
        for (int r = 0; r < rows; r++)
        {
            Unsafe.CopyBlockUnaligned(destination + (r * stride), source + (r * count), (uint)(count * sizeof(float)));
        }
    }
}
