using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The end of the attention of a short prompt's tokens to the image: adds the parts of <see cref="ImageSums"/> in order,
/// divides by the weights' sums and projects to values. A piece is a head.
/// </summary>
internal sealed unsafe class CollectSumsJob(DecoderWorkspace workspace) : DecoderJob(workspace)
{
    /// <summary>The projection of image tokens to values.</summary>
    public Linear? Values { get; set; }

    public override void Run(int index, int worker)
    {
        DecoderScratch scratch = Workspace.Scratch[worker];
        int count = Workspace.Tokens.Count;
        nint first = index * count;
        float* sums = Workspace.Sums.Values(0) + (first * Geometry.Stride);
        float* weights = Workspace.Sums.Weights(0) + (first * Lane.Count);
        float* factors = scratch.Vector1;
        float* shifts = scratch.Vector2;
        FindShifts(first, count, shifts);
        for (int part = 0; part < Workspace.Sums.Parts; part++)
        {
            Add(part, first, count, shifts, factors);
        }

        Kernels.ReciprocalSums(weights, count, factors);
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
        float* sums = all.Values(part) + (first * stride);
        float* weights = all.Weights(part) + (first * Lane.Count);
        for (int i = 0; i < count; i++)
        {
            factors[i] = Exp2.Scale(1f, all.Shifts(part)[first + i] - shifts[i]);
        }

        Kernels.ScaleRows(sums, stride, factors, sums, stride, count, lanes);
        Kernels.ScaleRows(weights, Lane.Count, factors, weights, Lane.Count, count, Lane.Count);
        if (part > 0)
        {
            float* to = all.Values(0) + (first * stride);
            float* weightsTo = all.Weights(0) + (first * Lane.Count);
            Kernels.AddRows(to, stride, sums, stride, to, stride, count, lanes);
            Kernels.AddRows(weightsTo, Lane.Count, weights, Lane.Count, weightsTo, Lane.Count, count, Lane.Count);
        }
    }

    /// <summary>attended[:, head] = sums · the head's columns of the projection.</summary>
    private void Project(DecoderScratch scratch, float* sums, int head)
    {
        int lanes = Lane.RoundUp(Geometry.CrossHeadDim);
        HeadSink sink = new(
            Kernels.Bias, Values!.Bias.Pointer, Workspace.Tokens.Attended, Geometry.HeadsStride(Geometry.CrossHeadDim),
            head * lanes, (head + 1) * lanes);
        MatrixProduct.Run(Kernels, sums, Geometry.Stride, Workspace.Tokens.Count, Values.Weight, scratch.Tile, sink);
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
