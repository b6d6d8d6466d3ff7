using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

/// <summary>Queries that lie side by side in one row of a grid.</summary>
internal readonly record struct QueryRun(int Row, int Column, int Count);

/// <summary>
/// Queries, keys and values of one head over a grid [height, width], in plain order, and the two ways to attend: by the
/// kernels, in any blocks and runs, and by the formula in double precision.
/// </summary>
internal sealed unsafe class AttentionProblem
{
    private readonly int height;
    private readonly int width;
    private readonly int headDim;
    private readonly bool relative;
    private readonly float[] queries;
    private readonly float[] keys;
    private readonly float[] values;
    private readonly float[] heightTable;
    private readonly float[] widthTable;

    /// <param name="relative">Whether the logits have relative positions.</param>
    /// <param name="sharpness">The standard deviation of the logits' q · k part.</param>
    public AttentionProblem(int height, int width, int headDim, bool relative, float sharpness = 1f)
    {
        (this.height, this.width, this.headDim, this.relative) = (height, width, headDim, relative);
        Random random = new((height * 1000) + (width * 10) + headDim);
        queries = Normals(height * width * headDim, sharpness);
        keys = Normals(height * width * headDim, 1f);
        values = Values.Vector(random, Fill.Random, height * width * headDim);
        heightTable = Normals(((2 * height) - 1) * headDim, 0.2f);
        widthTable = Normals(((2 * width) - 1) * headDim, 0.2f);

        float[] Normals(int count, float deviation) =>
            [.. Enumerable.Range(0, count).Select(_ => deviation * Values.Normal(random))];
    }

    public int HeadLanes => (headDim + 15) / 16 * 16;

    /// <summary>All rows of the grid, or the first of them.</summary>
    public QueryRun[] Rows(int most = int.MaxValue) =>
        [.. Enumerable.Range(0, Math.Min(most, height)).Select(row => new QueryRun(row, 0, width))];

    /// <summary>What the kernels give for each query, in the order of the runs: [queries, HeadLanes].</summary>
    public float[] Attend(IsaLevel level, params QueryRun[][] blocks)
    {
        KernelSet kernels = KernelTable.For(level);
        int lanes = (width + 15) / 16 * 16;
        AttentionLimits limits = new(blocks.Max(runs => runs.Sum(run => run.Count)), HeadLanes, lanes, relative ? height : 0);
        float[] anything = new float[limits.Floats(kernels)];
        Array.Fill(anything, float.NaN);
        using GuardedBuffer memory = GuardedBuffer.Of<float>(anything, GuardSide.Right);
        float[] attended = Attend(kernels, new AttentionBlock(kernels, limits, memory.First<float>()), blocks);
        memory.Check("attention's memory");
        return attended;
    }

    /// <inheritdoc cref="Attend(IsaLevel, QueryRun[][])"/>
    public float[] Attend(KernelSet kernels, AttentionBlock block, params QueryRun[][] blocks)
    {
        using GuardedBuffer packedKeys = PackKeys();
        using GuardedBuffer packedValues = PackValues();
        using RelativePositions? positions =
            relative ? new RelativePositions(height, width, headDim, heightTable, widthTable) : null;
        AttentionHead head = new()
        {
            Keys = packedKeys.First<float>(),
            Values = packedValues.First<float>(),
            Groups = height,
            Width = width,
            HeadDim = headDim,
        };

        List<float> attended = [];
        foreach (QueryRun[] runs in blocks)
        {
            RunningCase.Note($"attention {height}x{width}, head dim {headDim}, relative {relative}, {kernels.Isa}");
            block.Begin(head, positions);
            foreach (QueryRun run in runs)
            {
                AddQueries(kernels, ref block, run);
            }

            block.Finish();
            attended.AddRange(Result(ref block, runs.Sum(run => run.Count)));
        }

        packedKeys.Check("keys");
        packedValues.Check("values");
        return [.. attended];
    }

    private float[] Result(ref AttentionBlock block, int count)
    {
        float[] result = new float[count * HeadLanes];
        fixed (float* destination = result)
        {
            block.Store(0, count, destination, HeadLanes);
        }

        return result;
    }

    /// <summary>
    /// softmax(q · k / sqrt(d) + q · Rh[qh - kh + height - 1] + q · Rw[qw - kw + width - 1]) · V of one query, and the
    /// size of its largest logit.
    /// </summary>
    public (double[] Attended, double LargestLogit) Exact(int row, int column)
    {
        ReadOnlySpan<float> query = queries.AsSpan(((row * width) + column) * headDim, headDim);
        double[] weights = new double[height * width];
        for (int key = 0; key < weights.Length; key++)
        {
            double logit = Dot(query, keys, key) / Math.Sqrt(headDim);
            if (relative)
            {
                logit += Dot(query, heightTable, row - (key / width) + height - 1);
                logit += Dot(query, widthTable, column - (key % width) + width - 1);
            }

            weights[key] = logit;
        }

        double largest = weights.Max();
        double total = weights.Sum(logit => Math.Exp(logit - largest));
        double[] attended = new double[headDim];
        for (int key = 0; key < weights.Length; key++)
        {
            for (int d = 0; d < headDim; d++)
            {
                attended[d] += Math.Exp(weights[key] - largest) / total * values[(key * headDim) + d];
            }
        }

        return (attended, weights.Max(Math.Abs));
    }

    private double Dot(ReadOnlySpan<float> query, float[] vectors, int vector)
    {
        double sum = 0;
        for (int d = 0; d < headDim; d++)
        {
            sum += (double)query[d] * vectors[(vector * headDim) + d];
        }

        return sum;
    }

    /// <summary>
    /// [whole tiles, HeadLanes]: channels past the head's own and rows past the run's are there to be ignored.
    /// </summary>
    private void AddQueries(KernelSet kernels, ref AttentionBlock block, QueryRun run)
    {
        int stride = HeadLanes + (run.Column % 3 * 4);
        int rows = MatrixProduct.RowsInTiles(kernels, run.Count);
        float[] source = new float[((rows - 1) * stride) + HeadLanes];
        Array.Fill(source, float.NaN);
        for (int q = 0; q < run.Count; q++)
        {
            source.AsSpan((q * stride) + headDim, HeadLanes - headDim).Fill(1000f);
            queries.AsSpan(((run.Row * width) + run.Column + q) * headDim, headDim).CopyTo(source.AsSpan(q * stride));
        }

        using GuardedBuffer buffer = GuardedBuffer.Of<float>(source, GuardSide.Right);
        block.AddQueries(buffer.First<float>(), stride, run.Count, run.Row, run.Column);
        buffer.Check("queries");
    }

    /// <summary>[Groups / abreast, HeadDim, abreast, Lanes], with finite numbers in the lanes that are no keys.</summary>
    private GuardedBuffer PackKeys()
    {
        int lanes = (width + 15) / 16 * 16;
        int abreast = lanes == 16 && height % 2 == 0 ? 2 : 1;
        float[] packed = new float[height * headDim * lanes];
        Array.Fill(packed, 100f);
        for (int i = 0; i < keys.Length; i++)
        {
            int row = i / headDim / width;
            int line = ((row / abreast * headDim) + (i % headDim)) * abreast;
            packed[((line + (row % abreast)) * lanes) + (i / headDim % width)] = keys[i];
        }

        return GuardedBuffer.Of<float>(packed, GuardSide.Right);
    }

    /// <summary>[Groups * Width, HeadLanes].</summary>
    private GuardedBuffer PackValues()
    {
        float[] packed = new float[height * width * HeadLanes];
        for (int i = 0; i < values.Length; i++)
        {
            packed[(i / headDim * HeadLanes) + (i % headDim)] = values[i];
        }

        return GuardedBuffer.Of<float>(packed, GuardSide.Right);
    }
}
