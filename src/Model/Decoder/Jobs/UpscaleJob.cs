using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// From image tokens to mask logits, row block by row block: two transposed convolutions (LayerNorm2d and GELU after the
/// first, GELU after the second), then the product with the hypernetworks' vectors. Nothing of it is ever whole in memory.
/// </summary>
internal sealed unsafe class UpscaleJob(DecoderWorkspace workspace, DecoderWeights weights) : DecoderJob(workspace)
{
    /// <summary>[Masks, LowResSide, LowResSide].</summary>
    public float* Logits { get; set; }

    /// <summary>How many masks are made; their vectors are the first columns of <see cref="TokenBuffers.Hyper"/>.</summary>
    public int Masks { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        (int first, int rows) = Block(index);
        int lanes1 = Lane.RoundUp(Geometry.Upscaled1);
        int lanes2 = Lane.RoundUp(Geometry.Upscaled2);

        // The product's columns are [2, 2, channels], so a token's row is four pixels' rows, one after the other.
        float* pixels1 = scratch.Upscaled1;
        Product(
            scratch, Workspace.Keys + ((nint)first * Geometry.Stride), Geometry.Stride, rows, weights.Upscale1, Kernels.Bias,
            pixels1, 4 * lanes1);
        weights.UpscaleNorm.Apply(Kernels, pixels1, lanes1, pixels1, lanes1, 4 * rows);
        Kernels.BiasGelu(pixels1, lanes1, Workspace.Zeros, pixels1, lanes1, 4 * rows, lanes1);

        float* pixels2 = scratch.Upscaled2;
        Product(scratch, pixels1, lanes1, 4 * rows, weights.Upscale2, Kernels.BiasGelu, pixels2, 4 * lanes2);

        GemmKernel gemm = Kernels.Gemm(Lane.Count);
        for (int row = 0; row < 16 * rows; row += Kernels.TileRows)
        {
            gemm(
                pixels2 + ((nint)row * lanes2), lanes2, Workspace.Tokens.Hyper, Lane.Count, Geometry.Upscaled2, null, 0,
                scratch.Tile, Lane.Count);
            Scatter(scratch.Tile, first, row, Math.Min(Kernels.TileRows, (16 * rows) - row));
        }
    }

    /// <summary>Row 16 t + 4 (2 a + b) + (2 c + d) is the pixel (4 y + 2 a + c, 4 x + 2 b + d) of the token t at (y, x).</summary>
    private void Scatter(float* tile, int firstToken, int row, int rows)
    {
        int side = Geometry.LowResSide;
        for (int r = row; r < row + rows; r++)
        {
            (int y, int x) = Math.DivRem(firstToken + (r / 16), Geometry.Grid);
            int top = (4 * y) + (2 * ((r >> 3) & 1)) + ((r >> 1) & 1);
            int left = (4 * x) + (2 * ((r >> 2) & 1)) + (r & 1);
            for (int mask = 0; mask < Masks; mask++)
            {
                Logits[((((nint)mask * side) + top) * side) + left] = tile[mask];
            }

            tile += Lane.Count;
        }
    }
}
