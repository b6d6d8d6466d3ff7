using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// Reads the tensors of a checkpoint part by part and packs each part at once, on all workers: no second copy of the weights
/// is ever resident, not even of one tensor, and every value is touched while it is in the cache.
/// </summary>
internal sealed class WeightLoader : IDisposable
{
    private readonly ModelCheckpoint checkpoint;
    private readonly KernelSet kernels;
    private readonly WorkerPool pool;
    private readonly StagingArea[] staging;
    private readonly FirstNonFinite? nonFinite;
    private readonly ModelMemory memory;
    private readonly CancellationToken cancellation;

    /// <param name="memory">Owns everything that is loaded.</param>
    /// <param name="cancellation">Ends the loading.</param>
    public WeightLoader(
        ModelCheckpoint checkpoint, KernelSet kernels, WorkerPool pool, ModelMemory memory, bool allowNonFinite,
        CancellationToken cancellation)
    {
        this.checkpoint = checkpoint;
        this.memory = memory;
        this.kernels = kernels;
        this.pool = pool;
        this.cancellation = cancellation;
        nonFinite = allowNonFinite ? null : new FirstNonFinite();
        staging = new StagingArea[pool.Workers];
        for (int i = 0; i < staging.Length; i++)
        {
            staging[i] = new StagingArea();
        }
    }

    /// <summary>A tensor's values, in row-major order; valid until the next read.</summary>
    /// <exception cref="CheckpointException">It holds NaN or an infinity, and the options do not allow them.</exception>
    public ReadOnlySpan<float> Read(string name)
    {
        ReadOnlySpan<float> values = ReadPart(name, 0, CountOf(name), worker: 0);
        nonFinite?.ThrowIfFound(checkpoint, name);
        return values;
    }

    /// <summary>
    /// Consecutive values of a tensor, for a job; valid until the worker's next read. What is not finite is noted.
    /// </summary>
    public ReadOnlySpan<float> ReadPart(string name, long first, int count, int worker)
    {
        cancellation.ThrowIfCancellationRequested();
        Span<float> values = staging[worker].Take(count);
        checkpoint.ReadSlice(name, first, values, cancellation);
        nonFinite?.Look(values, first);
        return values;
    }

    /// <summary>A vector, padded with zeros to whole lanes.</summary>
    public NativeBuffer Vector(string name)
    {
        ReadOnlySpan<float> values = Read(name);
        NativeBuffer buffer = Buffer(Lane.RoundUp(values.Length));
        values.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>A LayerNorm's weight and bias.</summary>
    public Norm Norm(string name, float epsilon) =>
        new(Vector(name + ".weight"), Vector(name + ".bias"), CountOf(name + ".weight"), epsilon);

    /// <summary>A matrix [rows, columns] whose rows are padded to a stride.</summary>
    public NativeBuffer Rows(string name, int columns, int stride)
    {
        int rows = CountOf(name) / columns;
        NativeBuffer buffer = Buffer((nint)rows * stride);
        RowsJob job = new(this, name, rows, columns, buffer, stride);
        Run(job, job.Pieces, name);
        return buffer;
    }

    /// <summary>Zeroed memory for values that are made of weights.</summary>
    public NativeBuffer Buffer(nint floats) => memory.Own(new NativeBuffer(floats));

    /// <summary>Keeps something that is made of weights for as long as the others.</summary>
    public T Own<T>(T made)
        where T : IDisposable => memory.Own(made);

    /// <summary>A linear layer [outputs, inputs] with its bias, as in the checkpoint.</summary>
    /// <inheritdoc cref="Linear(string, string?, int, LinearMap, LinearForm, int)" path="/param"/>
    public Linear Linear(
        string name, int inputs, int outputs, LinearForm form = LinearForm.Plain, int depthUnit = int.MaxValue) =>
        Linear(name + ".weight", name + ".bias", inputs, LinearMap.Identity(inputs, outputs), form, depthUnit);

    /// <summary>A linear layer whose columns and rows are rearranged.</summary>
    /// <param name="bias">The name of the bias; null for none.</param>
    /// <param name="sourceInputs">Values per row of the source.</param>
    /// <param name="depthUnit">Inputs that are multiplied at a time, where the form is Strassen's.</param>
    public Linear Linear(
        string weight, string? bias, int sourceInputs, LinearMap map, LinearForm form = LinearForm.Plain,
        int depthUnit = int.MaxValue)
    {
        PackedMatrix packed = NewMatrix(map);
        PackJob job = new(this, packed, weight, sourceInputs, map);
        Run(job, job.Pieces, weight);
        Linear linear = new(packed, Bias(bias, map, packed.PaddedColumns));
        if (form == LinearForm.Plain)
        {
            return linear;
        }

        cancellation.ThrowIfCancellationRequested();
        return linear.ToStrassen(kernels, depthUnit);
    }

    /// <summary>A transposed convolution [inputs, outputs, 2, 2] with stride 2 as a linear layer to [2, 2, outputs].</summary>
    public Linear TransposedConvolution(string name, int inputs, int outputs)
    {
        const int Taps = 4;
        ReadOnlySpan<float> source = Read(name + ".weight");
        float[] transposed = new float[source.Length];
        for (int input = 0; input < inputs; input++)
        {
            for (int i = 0; i < outputs * Taps; i++)
            {
                transposed[(i * inputs) + input] = source[(input * outputs * Taps) + i];
            }
        }

        LinearMap map = LinearMap.Upscaling(inputs, Taps, outputs);
        PackedMatrix packed = NewMatrix(map);
        foreach (Panel panel in packed.Panels)
        {
            packed.Pack(panel, transposed, inputs, map.ColumnOf, map.RowOf);
        }

        return new Linear(packed, Bias(name + ".bias", map, packed.PaddedColumns));
    }

    public void Dispose()
    {
        foreach (StagingArea area in staging)
        {
            area.Dispose();
        }
    }

    private int CountOf(string name) => checked((int)checkpoint.Find(name).ElementCount);

    private PackedMatrix NewMatrix(LinearMap map) =>
        memory.Own(new PackedMatrix(map.RowOf.Length, map.ColumnOf.Length, kernels.MaxPanelWidth));

    private NativeBuffer Bias(string? name, LinearMap map, int lanes)
    {
        NativeBuffer buffer = Buffer(lanes);
        if (name is not null)
        {
            ReadOnlySpan<float> values = Read(name);
            for (int i = 0; i < map.BiasOf.Length; i++)
            {
                buffer.Span[i] = map.BiasOf[i] < 0 ? 0f : values[map.BiasOf[i]];
            }
        }

        return buffer;
    }

    private void Run(ParallelJob job, int pieces, string name)
    {
        pool.Run(job, pieces, cancellation);
        nonFinite?.ThrowIfFound(checkpoint, name);
    }
}
