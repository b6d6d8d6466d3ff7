namespace SamNative.Kernels;

/// <summary>
/// The decomposed relative positions of a grid (Li et al. 2022, "MViTv2"): rel_h[q, kh] = q · Rh[qh - kh + size - 1], and
/// the same along the width. The tables are kept transposed, in reverse and times log2 e, so that the vectors of all
/// keys of a row are neighbouring columns that begin at size - 1 - qh.
/// </summary>
internal sealed unsafe class RelativePositions : IDisposable
{
    /// <summary>Zero columns before the table: a tile of queries is multiplied with a band that may begin before it.</summary>
    private const int Front = Lane.Count;

    /// <summary>log2 e, rounded to single precision.</summary>
    public const float Log2E = 1.44269504f;

    private readonly NativeBuffer heights;
    private readonly NativeBuffer widths;
    private readonly int height;
    private readonly int width;

    /// <param name="height">Rows of the grid.</param>
    /// <param name="width">Columns of the grid.</param>
    /// <param name="headDim">Channels of a head.</param>
    /// <param name="heightTable">[2 * height - 1, headDim], as in the checkpoint.</param>
    /// <param name="widthTable">[2 * width - 1, headDim], as in the checkpoint.</param>
    public RelativePositions(
        int height, int width, int headDim, ReadOnlySpan<float> heightTable, ReadOnlySpan<float> widthTable)
    {
        this.height = height;
        this.width = width;
        heights = new NativeBuffer(headDim * StrideOf(height));
        widths = new NativeBuffer(headDim * StrideOf(width));
        Fill(heights.Pointer, height, headDim, heightTable);
        Fill(widths.Pointer, width, headDim, widthTable);
    }

    public nint HeightStride => StrideOf(height);

    public nint WidthStride => StrideOf(width);

    public long Bytes => (heights.Length + widths.Length) * sizeof(float);

    /// <summary>[headDim, …]: the columns for key rows 0, 1, … of queries in grid row queryRow.</summary>
    public float* HeightsOf(int queryRow) => heights.Pointer + Front + height - 1 - queryRow;

    /// <summary>[headDim, …]: the columns for key columns 0, 1, … of queries in grid column queryColumn.</summary>
    public float* WidthsOf(int queryColumn) => widths.Pointer + Front + width - 1 - queryColumn;

    public void Dispose()
    {
        heights.Dispose();
        widths.Dispose();
    }

    /// <summary>Room behind the table: a band of whole lanes reads on past its end, up to two lane groups.</summary>
    private static nint StrideOf(int size) => Lane.RoundUp(Front + (2 * size) - 1 + (3 * Lane.Count));

    private static void Fill(float* destination, int size, int headDim, ReadOnlySpan<float> table)
    {
        int length = (2 * size) - 1;
        for (int i = 0; i < length; i++)
        {
            for (int d = 0; d < headDim; d++)
            {
                destination[(d * StrideOf(size)) + Front + i] = table[((length - 1 - i) * headDim) + d] * Log2E;
            }
        }
    }
}
