using SamNative.Imaging;

namespace SamNative.Cli;

/// <summary>The files that one run of segment writes; null where one is not wanted.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Overlay">The picture with the mask and the prompt drawn over it.</param>
/// <param name="Cutout">What the mask covers, on nothing.</param>
/// <param name="Logits">The low-resolution logits.</param>
/// <param name="Format">The form of the mask, one of <see cref="MaskFormat.All"/>.</param>
internal sealed record SegmentOutputs(string? Mask, string? Overlay, string? Cutout, string? Logits, string Format)
{
    /// <summary>The names for one mask of several: before the extension they get -0, -1, -2.</summary>
    public SegmentOutputs Numbered(int mask) => this with
    {
        Mask = Numbered(Mask, mask),
        Overlay = Numbered(Overlay, mask),
        Cutout = Numbered(Cutout, mask),
        Logits = Numbered(Logits, mask),
    };

    /// <summary>The names that are wanted.</summary>
    public IEnumerable<string> Names => new[] { Mask, Overlay, Cutout, Logits }.OfType<string>();

    /// <summary>Writes the files of one mask of an answer.</summary>
    public void Write(DecodedImage picture, SamPrompt prompt, SamPrediction answer, int index, bool force)
    {
        SamMask mask = answer.Masks[index];
        WriteTo(Mask, stream => MaskFormat.Write(mask, Format, stream));
        WriteTo(Overlay, stream => MaskRenderer.WriteOverlay(picture.View, mask, Marks(prompt), stream));
        WriteTo(Cutout, stream => MaskRenderer.WriteCutout(picture.View, mask, stream));
        WriteTo(Logits, stream => MaskInput.WriteLogits(answer, index, stream));

        void WriteTo(string? path, Action<Stream> write)
        {
            if (path is not null)
            {
                Output.Write(path, force, write);
            }
        }
    }

    private static PromptMarks Marks(SamPrompt prompt) => new()
    {
        Positive = Points(prompt, PointLabel.Foreground),
        Negative = Points(prompt, PointLabel.Background),
        Box = prompt.Box is { } b ? ((float)b.X0, (float)b.Y0, (float)b.X1, (float)b.Y1) : null,
    };

    private static IReadOnlyList<(float X, float Y)> Points(SamPrompt prompt, PointLabel label) =>
        [.. prompt.Points.Where(point => point.Label == label).Select(point => ((float)point.X, (float)point.Y))];

    private static string? Numbered(string? path, int number) => path is null
        ? null
        : Path.Combine(
            Path.GetDirectoryName(path) ?? string.Empty,
            $"{Path.GetFileNameWithoutExtension(path)}-{number}{Path.GetExtension(path)}");
}
