using System.Runtime.CompilerServices;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// From image tokens to mask logits, row block by row block: two transposed convolutions (LayerNorm2d and GELU after the
/// first, GELU after the second), then the product with the hypernetworks' vectors. Nothing of it is ever whole in memory.
/// </summary>
internal sealed unsafe class UpscaleJob(DecoderWorkspace workspace, DecoderWeights weights) : DecoderJob(workspace)
{
    private const int PixelsPerSide = DecoderGeometry.ValuesPerToken;

    private const int PixelsPerToken = PixelsPerSide * PixelsPerSide;

    /// <summary>Tokens whose pixels are drawn together.</summary>
    private const int DrawnTokens = 8;

    /// <summary>Not a power of two, or columns would share cache sets.</summary>
    private const int ColumnStride = (DrawnTokens * PixelsPerToken) + Lane.Count;

    private int masks;
    private float* logits;
    private int wantedRows;
    private int wantedColumns;

    /// <param name="count">
    /// How many masks are made; their vectors are the first rows of <see cref="PromptTokens.MaskVectors"/>.
    /// </param>
    /// <param name="destination">[masks, LowRes].</param>
    /// <param name="area">The pixels of a mask that are wanted, from its top left.</param>
    public void Run(WorkerPool pool, int count, Span<float> destination, ImageSize area, CancellationToken cancellationToken)
    {
        masks = count;
        wantedRows = (area.Height + PixelsPerSide - 1) / PixelsPerSide;
        wantedColumns = (area.Width + PixelsPerSide - 1) / PixelsPerSide;
        fixed (float* values = destination)
        {
            logits = values;
            int tokens = wantedRows * Geometry.Columns;
            pool.Run(this, (tokens + DecoderWorkspace.RowBlock - 1) / DecoderWorkspace.RowBlock, cancellationToken);
        }
    }

    public override void Run(int index, int worker)
    {
        (int first, int rows) = Block(index);
        int end = Math.Min(first + rows, wantedRows * Geometry.Columns);
        if (wantedColumns == Geometry.Columns)
        {
            Upscale(Workspace.Scratch[worker], first, end - first);
            return;
        }

        for (int row = first / Geometry.Columns * Geometry.Columns; row < end; row += Geometry.Columns)
        {
            int from = Math.Max(first, row);
            int to = Math.Min(end, row + wantedColumns);
            if (from < to)
            {
                Upscale(Workspace.Scratch[worker], from, to - from);
            }
        }
    }

    private void Upscale(DecoderScratch scratch, int first, int rows)
    {
        int lanes1 = Lane.RoundUp(Geometry.Upscaled1);
        int lanes2 = Lane.RoundUp(Geometry.Upscaled2);

        // The product's columns are [2, 2, channels], so a token's row is four pixels' rows, one after the other.
        float* pixels1 = scratch.Upscaled1;
        Product(
            scratch, new ChannelRows(Workspace.Image + ((nint)first * Geometry.Stride), Geometry.Stride, rows), weights.Upscale1,
            Kernels.Bias, pixels1, 4 * lanes1);
        weights.UpscaleNorm.Apply(Kernels, pixels1, lanes1, pixels1, lanes1, 4 * rows);
        Kernels.BiasGelu(pixels1, lanes1, Workspace.Zeros, pixels1, lanes1, 4 * rows, lanes1);

        float* pixels2 = scratch.Upscaled2;
        Product(
            scratch, new ChannelRows(pixels1, lanes1, 4 * rows), weights.Upscale2, Kernels.BiasGelu, pixels2, 4 * lanes2);

        for (int token = 0; token < rows; token += DrawnTokens)
        {
            int count = Math.Min(DrawnTokens, rows - token);
            Draw(scratch, pixels2 + ((nint)token * PixelsPerToken * lanes2), first + token, count);
        }
    }

    /// <summary>
    /// The masks' vectors are rows and pixels are columns: of the tile's rows few are idle, and the pixels of a mask come out
    /// side by side.
    /// </summary>
    private void Draw(DecoderScratch scratch, float* pixels, int firstToken, int tokens)
    {
        int lanes = Lane.RoundUp(Geometry.Upscaled2);
        int count = tokens * PixelsPerToken;
        float* columns = scratch.Upscaled1;
        float* drawn = columns + (lanes * ColumnStride);
        Kernels.Transpose(pixels, lanes, columns, ColumnStride, count, lanes);
        for (int row = 0; row < masks; row += Kernels.TileRows)
        {
            for (int c = 0, width; c < count; c += width)
            {
                width = Lane.PanelWidth(count - c, Kernels.MaxPanelWidth);
                Kernels.Gemm(width)(
                    Workspace.Tokens.MaskVectors + ((nint)row * lanes), lanes, columns + c, ColumnStride, Geometry.Upscaled2, null, 0,
                    drawn + c, ColumnStride, columns, 0);
            }

            for (int mask = row; mask < Math.Min(row + Kernels.TileRows, masks); mask++)
            {
                Place(drawn + ((mask - row) * ColumnStride), mask, firstToken, tokens);
            }
        }
    }

    /// <summary>
    /// Value 16 t + 4 (2 a + b) + (2 c + d) is the pixel (4 y + 2 a + c, 4 x + 2 b + d) of the token t at (y, x): neighbours
    /// in d stay neighbours.
    /// </summary>
    private void Place(float* drawn, int mask, int firstToken, int tokens)
    {
        nint width = Geometry.LowRes.Width;
        float* destination = logits + ((nint)mask * Geometry.LowResValues);
        for (int t = firstToken; t < firstToken + tokens; t++)
        {
            (int y, int x) = Math.DivRem(t, Geometry.Columns);
            float* corner = destination + (PixelsPerSide * ((y * width) + x));
            for (int pair = 0; pair < PixelsPerToken / 2; pair++)
            {
                float* to = corner + (((2 * (pair >> 2)) + (pair & 1)) * width) + (pair & 2);
                Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<ulong>(drawn + (2 * pair)));
            }

            drawn += PixelsPerToken;
        }
    }
}
