using System.Runtime.Intrinsics;
using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// Reads tensors of a checkpoint one by one into a staging buffer and packs them from there, so that no second copy of
/// the weights is ever resident.
/// </summary>
internal sealed unsafe class WeightLoader : IDisposable
{
    private readonly SamCheckpoint checkpoint;
    private readonly KernelSet kernels;
    private readonly WorkerPool pool;
    private readonly bool allowNonFinite;
    private readonly NativeBuffer staging;
    private readonly PackJob packing = new();
    private readonly ModelMemory memory;

    /// <param name="memory">Owns everything that is loaded.</param>
    public WeightLoader(
        SamCheckpoint checkpoint, KernelSet kernels, WorkerPool pool, ModelMemory memory, bool allowNonFinite)
    {
        this.checkpoint = checkpoint;
        this.memory = memory;
        this.kernels = kernels;
        this.pool = pool;
        this.allowNonFinite = allowNonFinite;
        staging = new NativeBuffer((nint)checkpoint.Tensors.Max(tensor => tensor.ElementCount));
    }

    public SamConfig Config => checkpoint.Config;

    /// <summary>A tensor's values, in row-major order; valid until the next read.</summary>
    /// <exception cref="CheckpointException">It holds NaN or an infinity, and the options do not allow them.</exception>
    public ReadOnlySpan<float> Read(string name)
    {
        Span<float> values = staging.Span[..checked((int)checkpoint.Find(name).ElementCount)];
        checkpoint.Read(name, values);
        int bad = allowNonFinite ? -1 : IndexOfNonFinite(values);
        if (bad >= 0)
        {
            throw new CheckpointException(
                CheckpointError.NotFinite,
                $"{checkpoint.Source.Name}: tensor {name} holds {values[bad]} at flat position {bad}: the file is damaged, or "
                + "training diverged. Set SamOptions.AllowNonFiniteWeights to load it all the same.");
        }

        return values;
    }

    /// <summary>A vector, padded with zeros to whole lanes.</summary>
    public NativeBuffer Vector(string name) => Vector(Read(name));

    /// <summary>A LayerNorm's weight and bias.</summary>
    public Norm Norm(string name, float epsilon)
    {
        NativeBuffer gamma = Vector(name + ".weight");
        int count = checked((int)checkpoint.Find(name + ".weight").ElementCount);
        return new Norm(gamma, Vector(name + ".bias"), count, epsilon);
    }

    /// <summary>A matrix [rows, columns] whose rows are padded to a stride.</summary>
    public NativeBuffer Rows(string name, int columns, int stride)
    {
        ReadOnlySpan<float> source = Read(name);
        int rows = source.Length / columns;
        NativeBuffer buffer = Buffer((nint)rows * stride);
        for (int r = 0; r < rows; r++)
        {
            source.Slice(r * columns, columns).CopyTo(new Span<float>(buffer.Pointer + ((nint)r * stride), columns));
        }

        return buffer;
    }

    /// <summary>Zeroed memory for values that are made of weights.</summary>
    public NativeBuffer Buffer(nint floats) => memory.Own(new NativeBuffer(floats));

    /// <summary>A block's tables of relative positions, [2 * side - 1, headDim] each.</summary>
    public RelativePositions RelativePositions(string name, int side, int headDim)
    {
        float[] heights = Read(name + "rel_pos_h").ToArray();
        return memory.Own(new RelativePositions(side, side, headDim, heights, Read(name + "rel_pos_w")));
    }

    /// <summary>A linear layer [outputs, inputs] with its bias, as in the checkpoint.</summary>
    public Linear Linear(string name, int inputs, int outputs) =>
        Linear(name + ".weight", name + ".bias", inputs, LinearMap.Identity(inputs, outputs));

    /// <summary>A linear layer whose columns and rows are rearranged.</summary>
    /// <param name="bias">The name of the bias; null for none.</param>
    /// <param name="sourceInputs">Values per row of the source.</param>
    public Linear Linear(string weight, string? bias, int sourceInputs, LinearMap map)
    {
        Read(weight);
        return Pack(bias, sourceInputs, map);
    }

    /// <summary>A transposed convolution [inputs, outputs, 2, 2] with stride 2 as a linear layer to [2, 2, outputs].</summary>
    public Linear TransposedConvolution(string name, int inputs, int outputs)
    {
        const int Taps = 4;
        float[] source = Read(name + ".weight").ToArray();
        Span<float> transposed = staging.Span;
        for (int input = 0; input < inputs; input++)
        {
            for (int i = 0; i < outputs * Taps; i++)
            {
                transposed[(i * inputs) + input] = source[(input * outputs * Taps) + i];
            }
        }

        return Pack(name + ".bias", inputs, LinearMap.Upscaling(inputs, Taps, outputs));
    }

    public void Dispose() => staging.Dispose();

    /// <summary>Packs the weight that lies in the staging buffer, then reads the bias.</summary>
    private Linear Pack(string? bias, int sourceInputs, LinearMap map)
    {
        PackedMatrix packed = memory.Own(new PackedMatrix(map.RowOf.Length, map.ColumnOf.Length, kernels.MaxPanelWidth));
        packing.Start(packed, staging.Pointer, (int)staging.Length, sourceInputs, map);
        pool.Run(packing, packed.Panels.Length, CancellationToken.None);

        NativeBuffer biasBuffer = Buffer(packed.PaddedColumns);
        if (bias is not null)
        {
            ReadOnlySpan<float> values = Read(bias);
            for (int i = 0; i < map.ColumnOf.Length; i++)
            {
                biasBuffer.Span[i] = map.BiasOf[i] < 0 ? 0f : values[map.BiasOf[i]];
            }
        }

        return new Linear(packed, biasBuffer);
    }

    private NativeBuffer Vector(ReadOnlySpan<float> values)
    {
        NativeBuffer buffer = Buffer(Lane.RoundUp(values.Length));
        values.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>The position of the first NaN or infinity (all bits of the exponent set), or -1.</summary>
    private static int IndexOfNonFinite(ReadOnlySpan<float> values)
    {
        const int Exponent = 0x7F800000;
        int i = 0;
        for (; i + Vector512<float>.Count <= values.Length; i += Vector512<float>.Count)
        {
            Vector512<int> exponents = Vector512.Create(values[i..]).AsInt32() & Vector512.Create(Exponent);
            if (Vector512.EqualsAny(exponents, Vector512.Create(Exponent)))
            {
                break;
            }
        }

        for (; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private sealed class PackJob : ParallelJob
    {
        private PackedMatrix? packed;
        private float* source;
        private int length;
        private int stride;
        private LinearMap map;

        public void Start(PackedMatrix matrix, float* values, int count, int sourceStride, LinearMap linearMap)
        {
            packed = matrix;
            source = values;
            length = count;
            stride = sourceStride;
            map = linearMap;
        }

        public override void Run(int index, int worker) => packed!.Pack(
            packed.Panels[index], new ReadOnlySpan<float>(source, length), stride, map.ColumnOf, map.RowOf);
    }
}
