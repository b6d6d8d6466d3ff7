using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The encoders of a model, one for each frame that pictures are encoded in. They share the weights of layers; a frame has
/// its plan, its tables of relative positions and its layouts of keys. Of frames other than the square the last few are kept.
/// </summary>
internal sealed class ImageEncoders
{
    /// <summary>Frames that are kept beside the square.</summary>
    private const int Kept = 8;

    private readonly VitGeometry geometry;
    private readonly VitParts parts;
    private readonly LinkedList<ImageEncoder> recent = new();
    private readonly Lock gate = new();

    /// <param name="square">The sizes on the square.</param>
    /// <param name="workers">How many workers the steps are cut for.</param>
    public ImageEncoders(WeightLoader loader, VitGeometry square, KernelSet kernels, int workers)
    {
        geometry = square;
        parts = new VitParts(new VitWeights(loader, square), new VitPositions(loader, square), kernels, workers);
        Square = VitPlan.CreateEncoder(square, parts);
    }

    /// <summary>The one for the square that the model was loaded for.</summary>
    public ImageEncoder Square { get; }

    /// <summary>The one for the square, its steps cut for another number of workers.</summary>
    public ImageEncoder CutFor(int workers) => VitPlan.CreateEncoder(geometry, parts with { Workers = workers });

    /// <summary>The one for a frame, which is the square or cut from it.</summary>
    public ImageEncoder On(Frame frame) => frame == geometry.Frame ? Square : CutTo(frame);

    private ImageEncoder CutTo(Frame frame)
    {
        lock (gate)
        {
            ImageEncoder? known = recent.FirstOrDefault(encoder => encoder.Plan.Frame == frame);
            if (known is null)
            {
                VitGeometry cut = geometry.On(frame);
                known = VitPlan.CreateEncoder(cut, parts with { Positions = parts.Positions.Cut(cut) });
            }
            else
            {
                recent.Remove(known);
            }

            // Tables of a frame that is dropped may still be in use: the collector frees them.
            recent.AddFirst(known);
            if (recent.Count > Kept)
            {
                recent.RemoveLast();
            }

            return known;
        }
    }
}
