using System.Runtime.CompilerServices;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The image's half of a two-way layer for short prompts, with the prompt multiplied into the weights
/// (<see cref="FoldedPrompt"/>): attention of image tokens to the prompt's tokens, residual and norm4, then what the next
/// attention of the prompt's tokens gathers from them. A piece is a part of <see cref="ImageSums"/>, row block by row block.
/// </summary>
internal sealed unsafe class FoldedImageJob(DecoderWorkspace workspace, TwoWayLayer layer)
    : DecoderJob(workspace)
{
    /// <summary>The longest chain of a sum over image tokens.</summary>
    private const int LongestChain = 128;

    private float* before;
    private float* queries;
    private FoldedPrompt? prompt;
    private FoldedPrompt? next;

    /// <param name="image">
    /// [ImageTokens, Stride]: the image tokens before this layer; may be <see cref="DecoderWorkspace.Image"/>.
    /// </param>
    /// <param name="knownQueries">
    /// [blocks, heads, ColumnStride]: their queries as columns where they are known already, or null.
    /// </param>
    /// <param name="attended">The tokens that the image attends to.</param>
    /// <param name="attending">The tokens that attend to the image next.</param>
    public void Run(
        WorkerPool pool, float* image, float* knownQueries, FoldedPrompt attended, FoldedPrompt attending,
        CancellationToken cancellationToken)
    {
        before = image;
        queries = knownQueries;
        prompt = attended;
        next = attending;
        pool.Run(this, Workspace.Sums.Parts, cancellationToken);
    }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        int first = index * ImageSums.PartRows;
        int rows = Math.Min(ImageSums.PartRows, Geometry.ImageTokens - first);
        for (int row = 0; row < rows; row += DecoderWorkspace.RowBlock)
        {
            Update(scratch, (first + row) / DecoderWorkspace.RowBlock, scratch.Probabilities + row);
        }

        Gather(scratch, index, first, rows);
    }

    /// <summary>Makes a block of image tokens and, with them, the next attention's logits.</summary>
    /// <param name="logits">[pairs, PartStride]: where the logits go.</param>
    private void Update(DecoderScratch scratch, int block, float* logits)
    {
        (int first, int rows) = Block(block);
        nint stride = Geometry.Stride;
        int lanes = Lane.RoundUp(Geometry.Width);
        float* source = before + (first * stride);
        float* image = Workspace.Image + (first * stride);
        float* positions = Workspace.Picture.Positions + (first * stride);
        if (queries != null)
        {
            KnownLogits(scratch, queries + (block * Geometry.QueryBlockFloats), Lane.RoundUp(rows));
        }
        else
        {
            Kernels.AddRows(source, stride, positions, stride, scratch.Rows, stride, rows, lanes);
            Logits(scratch, rows, prompt!.LogitWeight, prompt.LogitBias, scratch.Columns, DecoderGeometry.ColumnStride);
        }

        Probabilities(scratch, Lane.RoundUp(rows));
        Attend(scratch, source, image, block);
        layer.Norm4.Apply(Kernels, image, stride, image, stride, rows);
        Kernels.AddRows(image, stride, positions, stride, scratch.Rows, stride, rows, lanes);
        Logits(scratch, rows, next!.NextLogitWeight, Workspace.Zeros, logits, DecoderGeometry.PartStride);
    }

    /// <summary>
    /// The softmax over a part's image tokens, and the sums of these, weighted by it: [pairs, rows] · [rows, Width].
    /// </summary>
    private void Gather(DecoderScratch scratch, int part, int first, int rows)
    {
        const int Stride = DecoderGeometry.PartStride;
        ImageSums sums = Workspace.Sums;
        int pairs = next!.Pairs;
        int lanes = Lane.RoundUp(rows);
        for (int pair = 0; pair < pairs; pair++)
        {
            new Span<float>(scratch.Probabilities + (pair * Stride) + rows, lanes - rows).Fill(SoftmaxTile.MaskedLogit);
        }

        new Span<float>(sums.Shifts(part), pairs).Fill(SoftmaxTile.NoShift);
        new Span<float>(sums.Probabilities(part), pairs * Lane.Count).Clear();
        new Span<float>(scratch.Largest, pairs * Lane.Count).Fill(SoftmaxTile.MaskedLogit);
        Kernels.LogitBias(scratch.Probabilities, Stride, Workspace.Zeros, 0, 0, scratch.Largest, pairs, lanes);
        Kernels.SoftmaxTile(
            scratch.Probabilities, Stride, scratch.Largest, pairs, 1, rows, lanes, sums.Shifts(part), sums.Probabilities(part),
            scratch.Scales);
        float* image = Workspace.Image + ((nint)first * Geometry.Stride);
        for (int k = 0; k < rows; k += LongestChain)
        {
            int count = Math.Min(LongestChain, rows - k);
            AddRange(scratch.Probabilities + k, image + (k * (nint)Geometry.Stride), count, k > 0, sums.Image(part));
        }
    }

    /// <summary>sums = sums + probabilities · image tokens, or without sums where they are the first.</summary>
    private void AddRange(float* probabilities, float* image, int count, bool add, float* sums)
    {
        nint stride = Geometry.Stride;
        int lanes = Lane.RoundUp(Geometry.Width);
        for (int c = 0, width; c < lanes; c += width)
        {
            width = Lane.PanelWidth(lanes - c, Kernels.MaxPanelWidth);
            GemmKernel gemm = Kernels.Gemm(width);
            for (int pair = 0; pair < next!.Pairs; pair += Kernels.TileRows)
            {
                float* destination = sums + (pair * stride) + c;
                gemm(
                    probabilities + (pair * (nint)DecoderGeometry.PartStride), DecoderGeometry.PartStride, image + c, stride,
                    count, add ? destination : null, stride, destination, stride, destination, 0);
            }
        }
    }

    /// <summary>Columns = keys · queries, head by head: the prompt's keys are rows, image tokens are columns.</summary>
    private void KnownLogits(DecoderScratch scratch, float* block, int columns)
    {
        FoldedPrompt folded = prompt!;
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
                        a, folded.KeyStride, block + (channel * stride) + c, stride, Geometry.CrossHeadDim, null, 0,
                        destination + c, stride, a, 0);
                }
            }
        }
    }

    /// <summary>destination[pair, row] = the scratch's rows, with positions, times a folded weight.</summary>
    private void Logits(DecoderScratch scratch, int rows, PackedMatrix weight, float* bias, float* destination, nint ldd)
    {
        nint stride = Geometry.PairStride;
        RowSink sink = new(Kernels.Bias, bias, scratch.Pairs, stride);
        MatrixProduct.Run(Kernels, scratch.Rows, Geometry.Stride, rows, weight, scratch.Tile, sink);
        Kernels.Transpose(scratch.Pairs, stride, destination, ldd, Lane.RoundUp(rows), Lane.RoundUp(weight.Columns));
    }

    /// <summary>Columns of logits become rows of probabilities, with a 1 behind them.</summary>
    private void Probabilities(DecoderScratch scratch, int columns)
    {
        FoldedPrompt folded = prompt!;
        nint stride = DecoderGeometry.ColumnStride;
        Kernels.ColumnSoftmax(scratch.Columns, stride, Geometry.Heads, folded.Tokens, columns);
        new Span<float>(scratch.Columns + (folded.Pairs * stride), columns).Fill(1f);
        Kernels.Transpose(
            scratch.Columns, stride, scratch.Pairs, Geometry.PairStride, Lane.RoundUp(folded.Pairs + 1), columns);
    }

    /// <summary>
    /// image = source + probabilities · result: one chain per element, the bias its last term. Meanwhile all is fetched that
    /// the next block reads and replaces.
    /// </summary>
    private void Attend(DecoderScratch scratch, float* source, float* image, int block)
    {
        nint stride = Geometry.Stride;
        (int first, int rows) = Block(block);
        nint size = DecoderWorkspace.RowBlock * stride;
        PackedMatrix result = prompt!.ResultWeight;
        int tiles = DecoderWorkspace.RowBlock / Kernels.TileRows * result.Panels.Length;
        FetchAhead nextSource = new(source + size, size, tiles);
        FetchAhead nextImage = new(image + size, source == image ? 0 : size, tiles);
        FetchAhead nextPositions = new(Workspace.Picture.Positions + (first * stride) + size, size, tiles);
        nint queryFloats = queries == null ? 0 : Geometry.QueryBlockFloats;
        FetchAhead nextQueries = new(queries + ((block + 1) * queryFloats), queryFloats, tiles);
        for (int row = 0; row < rows; row += Kernels.TileRows)
        {
            bool whole = row + Kernels.TileRows <= rows;
            foreach (Panel panel in result.Panels)
            {
                nint at = (row * stride) + panel.Column;
                Kernels.Gemm(panel.Width)(
                    scratch.Pairs + (row * (nint)Geometry.PairStride), Geometry.PairStride, result.At(panel), panel.Width,
                    result.Rows, source + at, stride, whole ? image + at : scratch.Tile, whole ? stride : panel.Width,
                    source + at, 0);
                if (!whole)
                {
                    CopyRows(scratch.Tile, panel.Width, image + at, stride, rows - row);
                }

                nextSource.Next(1);
                nextImage.Next(1);
                nextPositions.Next(1);
                nextQueries.Next(1);
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
