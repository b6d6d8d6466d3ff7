using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// Scaled dot-product attention of a block of queries to one head, softmax(q · K + relative positions) · V, without a
/// tensor of all logits: keys go by in tiles under an online softmax (Dao et al. 2022; arithmetic in
/// <see cref="SoftmaxTile"/>). The relative positions along the width are what the products' accumulators begin with,
/// those along the height are one value per query and key row. Queries are scaled here, by log2 e / sqrt(headDim).
/// One block belongs to one worker: Begin, then AddQueries for each run of queries, then Finish, then Store.
/// </summary>
internal unsafe ref struct AttentionBlock
{
    private readonly KernelSet kernels;
    private readonly float* queries;
    private readonly float* initial;
    private readonly float* rowBias;
    private readonly float* logits;
    private readonly float* output;
    private readonly float* sums;
    private readonly float* largest;
    private readonly float* shift;
    private readonly float* scale;
    private readonly float* band;

    private RelativePositions? positions;
    private AttentionHead head;
    private int rows;

    /// <param name="limits">What the block will hold at most.</param>
    /// <param name="memory">At least <see cref="AttentionLimits.Floats"/>, holding anything.</param>
    public AttentionBlock(KernelSet kernels, in AttentionLimits limits, float* memory)
    {
        this.kernels = kernels;
        nint padded = limits.Queries + kernels.TileRows;
        queries = memory;
        output = queries + (padded * limits.HeadLanes);
        initial = output + (padded * limits.HeadLanes);
        rowBias = initial + (padded * limits.InitialLanes);
        logits = rowBias + (padded * limits.GroupLanes);
        sums = logits + (padded * limits.TileLanes);
        largest = sums + (padded * Lane.Count);
        shift = largest + (padded * Lane.Count);
        scale = shift + (padded * Lane.Count);
        band = scale + (padded * Lane.Count);
    }

    /// <summary>Starts a block of queries to a head, with relative positions or without.</summary>
    public void Begin(in AttentionHead keys, RelativePositions? relativePositions)
    {
        head = keys;
        positions = relativePositions;
        rows = 0;
        if (positions is null)
        {
            new Span<float>(initial, head.KeyStride).Clear();
            Mask(initial);
            *rowBias = 0f;
        }
    }

    /// <summary>Adds queries that lie side by side in one row of the grid.</summary>
    /// <param name="source">[count rounded up to whole tiles, HeadLanes], stride lds; rows past count are read and ignored.</param>
    /// <param name="gridRow">Their row in the grid.</param>
    /// <param name="gridColumn">The column of the first.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddQueries(float* source, nint lds, int count, int gridRow = 0, int gridColumn = 0)
    {
        float factor = RelativePositions.Log2E / MathF.Sqrt(head.HeadDim);
        float* factors = scale;
        new Span<float>(factors, count).Fill(factor);
        kernels.ScaleRows(
            source, lds, factors, queries + (rows * head.HeadLanes), head.HeadLanes, count, head.HeadLanes);
        if (positions is not null)
        {
            for (int r = 0; r < count; r += kernels.TileRows)
            {
                RelativeHeights(source + (r * lds), lds, rows + r, gridRow);
                RelativeWidths(source + (r * lds), lds, rows + r, Math.Min(kernels.TileRows, count - r), gridColumn + r);
            }
        }

        rows += count;
    }

    /// <summary>Attends; then <see cref="Store"/> gives the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Finish()
    {
        new Span<float>(sums, rows * Lane.Count).Clear();
        new Span<float>(shift, rows).Fill(Kernels.SoftmaxTile.NoShift);
        new Span<float>(largest, MatrixProduct.RowsInTiles(kernels, rows) * Lane.Count).Fill(Kernels.SoftmaxTile.MaskedLogit);
        int tileGroups = head.TileGroups;
        nint ldl = tileGroups * head.Lanes;
        for (int group = 0; group < head.Groups; group += tileGroups)
        {
            int groups = Math.Min(tileGroups, head.Groups - group);
            Logits(group, groups, ldl);
            Accumulate(group, groups, ldl);
        }

        kernels.ReciprocalSums(sums, rows, scale);
    }

    /// <summary>Writes the attended values of some queries, once finished.</summary>
    /// <param name="first">The first query, in the order they were added.</param>
    /// <param name="destination">[count, HeadLanes of the head], stride ldd.</param>
    public void Store(int first, int count, float* destination, nint ldd) => kernels.ScaleRows(
        output + (first * head.HeadLanes), head.HeadLanes, scale + first, destination, ldd, count, head.HeadLanes);

    /// <summary>rowBias[row, kh] = q · Rh, for a tile of queries of one grid row.</summary>
    private void RelativeHeights(float* source, nint lds, int row, int gridRow)
    {
        int lanes = Lane.RoundUp(head.Groups);
        float* table = positions!.HeightsOf(gridRow);
        for (int c = 0, width; c < lanes; c += width)
        {
            width = Lane.PanelWidth(lanes - c, kernels.MaxPanelWidth);
            kernels.Gemm(width)(
                source, lds, table + c, positions.HeightStride, head.HeadDim, null, 0, rowBias + (row * lanes) + c, lanes,
                source, 0);
        }
    }

    /// <summary>
    /// initial[row, kw] = q · Rw. Neighbouring queries need neighbouring slices of the table, so a tile of them is
    /// multiplied with the band that covers all their slices, and each row keeps its own slice.
    /// </summary>
    private void RelativeWidths(float* source, nint lds, int row, int count, int gridColumn)
    {
        int lanes = head.Lanes;
        int reach = kernels.TileRows - 1;
        int bandLanes = Lane.RoundUp(lanes + reach);
        float* table = positions!.WidthsOf(gridColumn + reach);
        for (int c = 0, width; c < bandLanes; c += width)
        {
            width = Lane.PanelWidth(bandLanes - c, kernels.MaxPanelWidth);
            kernels.Gemm(width)(
                source, lds, table + c, positions.WidthStride, head.HeadDim, null, 0, band + c, bandLanes, source, 0);
        }

        for (int r = 0; r < count; r++)
        {
            float* destination = initial + ((row + r) * head.KeyStride);
            float* slice = band + (r * bandLanes) + reach - r;
            for (int lane = 0; lane < head.KeyStride; lane += Lane.Count)
            {
                Unsafe.CopyBlockUnaligned(destination + lane, slice + (lane % lanes), Lane.Count * sizeof(float));
            }

            Mask(destination);
        }
    }

    /// <summary>Gives the lanes that are no keys a logit at which they vanish. Few: calls would cost more.</summary>
    private void Mask(float* destination)
    {
        for (int lane = 0; lane < head.KeyStride; lane += head.Lanes)
        {
            for (int x = lane + head.Width; x < lane + head.Lanes; x++)
            {
                destination[x] = Kernels.SoftmaxTile.MaskedLogit;
            }
        }
    }

    /// <summary>
    /// logits[row, group, kw] = initial[row, kw] + q · k + rowBias[row, group], by groups abreast, so that their keys stay
    /// in the cache. Meanwhile the values of the tile are fetched.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Logits(int group, int groups, nint ldl)
    {
        FetchAhead values = new(
            head.Values + ((nint)group * head.Width * head.HeadLanes), (nint)groups * head.Width * head.HeadLanes,
            groups / head.GroupsAbreast * Tiles(head.KeyStride) * head.HeadDim);
        nint ldi = positions is null ? 0 : head.KeyStride;
        nint ldBias = positions is null ? 0 : Lane.RoundUp(head.Groups);
        nint step = positions is null ? 0 : head.GroupsAbreast - 1;
        int panel = Lane.PanelWidth(head.KeyStride, kernels.MaxPanelWidth);
        GemmLogitsKernel whole = head.KeyStride % panel == 0 ? kernels.GemmLogits(panel) : null;
        for (int g = 0; g < groups; g += head.GroupsAbreast)
        {
            float* keys = head.Keys + head.KeyOffset(group + g);
            float* bias = positions is null ? rowBias : rowBias + group + g;
            float* tiles = logits + (g * head.Lanes);
            for (int c = 0, width; c < head.KeyStride; c += width)
            {
                width = Lane.PanelWidth(head.KeyStride - c, kernels.MaxPanelWidth);
                GemmKernel gemm = kernels.Gemm(width);
                for (int row = 0; row < rows; row += kernels.TileRows)
                {
                    float* query = queries + (row * head.HeadLanes);
                    float* init = initial + (row * ldi) + c;
                    float* tile = tiles + (row * ldl) + c;
                    if (whole != null)
                    {
                        whole(
                            query, head.HeadLanes, keys + c, head.KeyStride, head.HeadDim, init, ldi,
                            bias + (row * ldBias) + (c / Lane.Count * step), ldBias, step, largest + (row * Lane.Count), tile,
                            ldl, values.Take(head.HeadDim), values.Pace);
                    }
                    else
                    {
                        gemm(
                            query, head.HeadLanes, keys + c, head.KeyStride, head.HeadDim, init, ldi, tile, ldl,
                            values.Take(head.HeadDim), values.Pace);
                    }
                }
            }

            if (whole == null)
            {
                kernels.LogitBias(tiles, ldl, bias, ldBias, step, largest, rows, head.KeyStride);
            }
        }
    }

    /// <summary>
    /// output = output * scale + probabilities · V over the keys of a tile, keys ascending; the probabilities of a tile's rows
    /// are made just before, while there is room for them in the first-level cache. Meanwhile the keys of the next tile are
    /// fetched.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate(int group, int groups, nint ldl)
    {
        nint keyFloats = (nint)groups * head.HeadDim * head.Lanes;
        FetchAhead keys = new(
            head.Keys + head.KeyOffset(group + groups), keyFloats, Tiles(head.HeadLanes) * groups * head.Width);
        float* values = head.Values + ((nint)group * head.Width * head.HeadLanes);
        for (int row = 0; row < rows; row += kernels.TileRows)
        {
            int real = Math.Min(kernels.TileRows, rows - row);
            float* sum = output + (row * head.HeadLanes);
            kernels.SoftmaxTile(
                logits + (row * ldl), ldl, largest + (row * Lane.Count), real, groups, head.Width, head.Lanes, shift + row,
                sums + (row * Lane.Count), scale + row);
            if (group > 0 && AnyRescaled(row))
            {
                kernels.ScaleRows(sum, head.HeadLanes, scale + row, sum, head.HeadLanes, real, head.HeadLanes);
            }

            for (int c = 0, width; c < head.HeadLanes; c += width)
            {
                width = Lane.PanelWidth(head.HeadLanes - c, kernels.MaxPanelWidth);
                kernels.Gemm(width)(
                    logits + (row * ldl), ldl, values + c, head.HeadLanes, groups * head.Width,
                    group == 0 ? null : sum + c, head.HeadLanes, sum + c, head.HeadLanes,
                    keys.Take(groups * head.Width), keys.Pace);
            }
        }
    }

    /// <summary>How many tiles the block's rows and this many columns are, at least.</summary>
    private int Tiles(int lanes) =>
        Math.Max(1, rows / kernels.TileRows) * ((lanes + kernels.MaxPanelWidth - 1) / kernels.MaxPanelWidth);

    private bool AnyRescaled(int row)
    {
        for (int r = row; r < Math.Min(row + kernels.TileRows, rows); r++)
        {
            if (scale[r] != 1f)
            {
                return true;
            }
        }

        return false;
    }
}
