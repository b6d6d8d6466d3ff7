using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// A mask to start from: a picture of black and not black, or the low-resolution logits of an earlier answer, a
/// safetensors file with one tensor <c>low_res_logits</c>, [side, side] or [1, side, side] (side = 256 for SAM).
/// </summary>
/// <param name="Mask">The mask, where a picture was given.</param>
/// <param name="Logits">[side, side], where logits were given.</param>
internal readonly record struct MaskInput(SamMask? Mask, ReadOnlyMemory<float> Logits)
{
    private const string TensorName = "low_res_logits";

    /// <summary>Reads a mask for a model.</summary>
    public static MaskInput Read(string path, SamModel model, CancellationToken cancellation) =>
        Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase)
            ? new MaskInput(null, ReadLogits(path, SideFor(model), cancellation))
            : new MaskInput(ReadPicture(path, cancellation), default);

    /// <summary>Writes the logits of one mask as <see cref="Read"/> takes them.</summary>
    /// <param name="logits">[side, side].</param>
    public static void WriteLogits(ReadOnlyMemory<float> logits, Stream destination)
    {
        int side = (int)Math.Sqrt(logits.Length);
        SafetensorsWriter writer = new();
        writer.Add(TensorName, [1, side, side], logits);
        writer.Save(destination);
    }

    private static int SideFor(SamModel model) => 4 * model.Config.Grid;

    private static float[] ReadLogits(string path, int side, CancellationToken cancellation)
    {
        using SafetensorsFile file = SafetensorsFile.Open(InputFile.Open(path, cancellation), name: path);
        bool fits = file.TryGet(TensorName, out TensorInfo? tensor) && tensor.Dtype.DecodesToFloat()
            && tensor.Shape.SkipWhile((length, i) => i == 0 && length == 1).SequenceEqual([side, side]);
        if (!fits)
        {
            throw new CommandFailedException(
                $"{path}: a mask to start from is a tensor {TensorName} of [{side}, {side}] or [1, {side}, {side}] for "
                + $"this model; the file has {(tensor is null ? "none of that name" : tensor)}. "
                + "Write it with --logits-out.");
        }

        float[] logits = new float[side * side];
        file.Read(tensor!, logits);
        Finite.Check(logits, NonFiniteValues.MaskLogits, file: path);
        return logits;
    }

    private static SamMask ReadPicture(string path, CancellationToken cancellation)
    {
        DecodedImage picture = PictureInput.Load(path, cancellation);
        ReadOnlySpan<byte> rgb = picture.Rgb.Span;
        byte[] inside = new byte[picture.Width * picture.Height];
        for (int i = 0; i < inside.Length; i++)
        {
            inside[i] = (byte)(rgb[3 * i] | rgb[(3 * i) + 1] | rgb[(3 * i) + 2]);
        }

        return SamMask.FromBytes(inside, picture.Width, picture.Height);
    }
}
