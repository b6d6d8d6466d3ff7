using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The end of the attention of a short prompt's tokens to the image: adds the parts of <see cref="ImageSums"/> in order,
/// divides by the sums of the probabilities and projects to values. A piece is a head.
/// </summary>
internal sealed unsafe class CollectSumsJob(DecoderWorkspace workspace) : DecoderJob(workspace)
{
    private Linear? values;

    /// <param name="projection">From image tokens to values.</param>
    public void Run(WorkerPool pool, Linear projection, CancellationToken cancellationToken)
    {
        values = projection;
        pool.Run(this, Geometry.Heads, cancellationToken);
    }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        int count = Workspace.Tokens.Count;
        nint first = index * count;
        float* sums = Workspace.Sums.Image(0) + (first * Geometry.Stride);
        float* probabilities = Workspace.Sums.Probabilities(0) + (first * Lane.Count);
        float* factors = scratch.Vector1;
        float* shifts = scratch.Vector2;
        FindShifts(first, count, shifts);
        for (int part = 0; part < Workspace.Sums.Parts; part++)
        {
            Add(part, first, count, shifts, factors);
        }

        Kernels.ReciprocalSums(probabilities, count, factors);
        Kernels.ScaleRows(
            sums, Geometry.Stride, factors, sums, Geometry.Stride, count, Lane.RoundUp(Geometry.Width));
        Project(scratch, sums, index);
    }

    /// <summary>The largest shift of all parts, for each pair.</summary>
    private void FindShifts(nint first, int count, float* shifts)
    {
        for (int i = 0; i < count; i++)
        {
            float largest = SoftmaxTile.NoShift;
            for (int part = 0; part < Workspace.Sums.Parts; part++)
            {
                largest = Math.Max(largest, Workspace.Sums.Shifts(part)[first + i]);
            }

            shifts[i] = largest;
        }
    }

    /// <summary>Brings a part to the common scale and adds it to the first one.</summary>
    private void Add(int part, nint first, int count, float* shifts, float* factors)
    {
        ImageSums all = Workspace.Sums;
        int lanes = Lane.RoundUp(Geometry.Width);
        nint stride = Geometry.Stride;
        float* sums = all.Image(part) + (first * stride);
        float* probabilities = all.Probabilities(part) + (first * Lane.Count);
        for (int i = 0; i < count; i++)
        {
            factors[i] = Exp2.Scale(1f, all.Shifts(part)[first + i] - shifts[i]);
        }

        Kernels.ScaleRows(sums, stride, factors, sums, stride, count, lanes);
        Kernels.ScaleRows(probabilities, Lane.Count, factors, probabilities, Lane.Count, count, Lane.Count);
        if (part > 0)
        {
            float* to = all.Image(0) + (first * stride);
            float* probabilitiesTo = all.Probabilities(0) + (first * Lane.Count);
            Kernels.AddRows(to, stride, sums, stride, to, stride, count, lanes);
            Kernels.AddRows(
                probabilitiesTo, Lane.Count, probabilities, Lane.Count, probabilitiesTo, Lane.Count, count, Lane.Count);
        }
    }

    /// <summary>attended[:, head] = sums · the head's columns of the projection.</summary>
    private void Project(DecoderScratch scratch, float* sums, int head)
    {
        int lanes = Lane.RoundUp(Geometry.CrossHeadDim);
        HeadSink sink = new(
            Kernels.Bias, values!.Bias.Pointer, Workspace.Tokens.Attended, Geometry.HeadsStride(Geometry.CrossHeadDim),
            head * lanes, (head + 1) * lanes);
        MatrixProduct.Run(Kernels, sums, Geometry.Stride, Workspace.Tokens.Count, values.Weight, scratch.Tile, sink);
    }

    /// <summary>Keeps the columns of one head; the tokens are few, so the others cost little.</summary>
    private readonly struct HeadSink(TileKernel kernel, float* bias, float* destination, nint stride, int start, int end)
        : ITileSink
    {
        public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes)
        {
            int from = Math.Max(start, column);
            int to = Math.Min(end, column + lanes);
            if (from < to)
            {
                kernel(
                    tile + (from - column), ldt, bias + from, destination + (row * stride) + from, stride, rows, to - from);
            }
        }

        /// <summary>Nothing: tokens are in the cache.</summary>
        public void Fetch(int row, int rows, int column, int lanes)
        {
        }
    }
}
