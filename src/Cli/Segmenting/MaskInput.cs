using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// A mask to start from: a picture of black and not black, or of one colour and transparent; or the low-resolution
/// logits of an earlier answer, a safetensors file with one tensor <c>low_res_logits</c>, [rows, columns] or
/// [1, rows, columns] (256 x 256 for SAM).
/// </summary>
/// <param name="Mask">The mask, where a picture was given.</param>
/// <param name="Logits">[rows, columns], where logits were given.</param>
internal readonly record struct MaskInput(SamMask? Mask, ReadOnlyMemory<float> Logits)
{
    private const string TensorName = "low_res_logits";

    /// <summary>Reads a mask.</summary>
    /// <param name="frame">The frame that the picture is encoded in.</param>
    public static MaskInput Read(string path, Frame frame, PictureInput pictures, CancellationToken cancellation) =>
        Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase)
            ? new MaskInput(null, ReadLogits(path, frame, cancellation))
            : new MaskInput(FromPicture(pictures.Load(path, cancellation)), default);

    /// <summary>Writes the logits of one mask as <see cref="Read"/> takes them.</summary>
    public static void WriteLogits(SamPrediction answer, int mask, Stream destination)
    {
        ReadOnlySpan<nint> shape = answer.LowResLogits.Lengths;
        SafetensorsWriter writer = new();
        writer.Add(TensorName, [1, shape[1], shape[2]], answer.LowResLogitsOf(mask));
        writer.Save(destination);
    }

    private static float[] ReadLogits(string path, Frame frame, CancellationToken cancellation)
    {
        int rows = DecoderGeometry.ValuesPerToken * frame.Rows, columns = DecoderGeometry.ValuesPerToken * frame.Columns;
        using SafetensorsFile file = SafetensorsFile.Open(InputFile.Open(path, cancellation), name: path);
        bool fits = file.TryGet(TensorName, out TensorInfo? tensor) && tensor.Dtype.DecodesToFloat()
            && tensor.Shape.SkipWhile((length, i) => i == 0 && length == 1).SequenceEqual([rows, columns]);
        if (!fits)
        {
            throw new CommandFailedException(
                $"{path}: a mask to start from is a tensor {TensorName} of [{rows}, {columns}] or [1, {rows}, {columns}] "
                + $"for this picture and model; the file has {(tensor is null ? "none of that name" : tensor)}. "
                + "Write it with --logits-out.");
        }

        float[] logits = new float[rows * columns];
        file.Read(tensor!, logits);
        Finite.Check(logits, NonFiniteValues.MaskLogits, file: path);
        return logits;
    }

    /// <summary>
    /// What is not black. Where all is of one colour and not all is opaque, colours say nothing: then what is not wholly
    /// transparent.
    /// </summary>
    private static SamMask FromPicture(DecodedImage picture)
    {
        ReadOnlySpan<byte> rgb = picture.Rgb.Span;
        ReadOnlySpan<byte> alpha = picture.Alpha.Span;
        bool isAlpha = alpha.ContainsAnyExcept(alpha.IsEmpty ? (byte)0 : alpha[0]) && IsOneColour(rgb);
        return SamMask.FromBytes(isAlpha ? alpha : NotBlack(rgb), picture.Width, picture.Height);
    }

    /// <summary>Whether every pixel is the one before it.</summary>
    private static bool IsOneColour(ReadOnlySpan<byte> rgb) => rgb[3..].SequenceEqual(rgb[..^3]);

    private static byte[] NotBlack(ReadOnlySpan<byte> rgb)
    {
        byte[] inside = new byte[rgb.Length / 3];
        for (int i = 0; i < inside.Length; i++)
        {
            inside[i] = (byte)(rgb[3 * i] | rgb[(3 * i) + 1] | rgb[(3 * i) + 2]);
        }

        return inside;
    }
}
