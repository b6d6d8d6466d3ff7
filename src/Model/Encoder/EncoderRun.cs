using System.Diagnostics;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// One encode in progress: the arena with the plan's maps, memory for each worker, the input, and the step whose pieces the
/// workers take. One encode at a time uses it; nothing in it outlives the encode.
/// </summary>
internal sealed unsafe class EncoderRun : ParallelJob, IDisposable
{
    private readonly PictureResizer resizer;
    private readonly NativeBuffer?[] scratch;
    private NativeBuffer? arena;

    public EncoderRun(KernelSet kernels, int workers)
    {
        Kernels = kernels;
        resizer = new PictureResizer(kernels, workers);
        scratch = new NativeBuffer?[workers];
    }

    public KernelSet Kernels { get; }

    /// <summary>What is encoded.</summary>
    public EncoderInput Input { get; private set; }

    /// <summary>Where the result goes: all of it, in the layout of the encoder's last step.</summary>
    public float* Result { get; set; }

    public EncoderStep? Step { get; set; }

    /// <summary>Notes every piece, where someone wants to know.</summary>
    public EncoderProfile? Profile { get; set; }

    /// <summary>Makes room for an encoder; what is there is kept where it is enough.</summary>
    private void Reserve(ImageEncoder encoder)
    {
        Grow(ref arena, (nint)(encoder.Plan.ArenaBytes / sizeof(float)));
        for (int i = 0; i < scratch.Length; i++)
        {
            Grow(ref scratch[i], encoder.ScratchFloats);
        }
    }

    /// <summary>Takes what is to be encoded: a picture is resized into the encoder's map of pixels.</summary>
    public void Take(in EncoderInput input, ImageEncoder encoder, WorkerPool pool, CancellationToken cancellationToken)
    {
        Reserve(encoder);
        Input = input;
        if (input.Picture is { } picture)
        {
            resizer.Run(
                pool, picture, input.Placement, input.Preprocessing.Filter, (byte*)At(encoder.Pixels), cancellationToken);
        }
    }

    /// <summary>A map's memory.</summary>
    public float* At(ActivationMap map) => arena!.Pointer + map.Offset;

    public override void Run(int index, int worker)
    {
        long start = Profile is null ? 0 : Stopwatch.GetTimestamp();
        Step!.Run(this, index, scratch[worker]!.Pointer);
        Profile?.Add(worker, Step, index, start);
    }

    public void Dispose()
    {
        resizer.Dispose();
        arena?.Dispose();
        foreach (NativeBuffer? memory in scratch)
        {
            memory?.Dispose();
        }
    }

    private static void Grow(ref NativeBuffer? buffer, nint floats)
    {
        if (buffer is null || buffer.Length < floats)
        {
            NativeBuffer.Replace(ref buffer, new NativeBuffer(floats));
        }
    }
}
