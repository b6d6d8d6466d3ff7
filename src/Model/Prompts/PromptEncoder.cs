using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Makes the decoder's tokens of a prompt (segment_anything/modeling/prompt_encoder.py): points and box corners as
/// position encodings plus what kind they are. Coordinates stay double until they are encoded.
/// </summary>
internal sealed unsafe class PromptEncoder(PromptWeights weights, DecoderGeometry g)
{
    /// <summary>From the corner of a pixel, where its coordinates are whole numbers, to its centre.</summary>
    private const double PixelCentre = 0.5;

    /// <summary>How many tokens a prompt has; points without a box are followed by one that stands for no point.</summary>
    /// <exception cref="ArgumentException">The prompt does not fit the picture or the model.</exception>
    public int Count(SamPrompt prompt, ImageSize picture)
    {
        Check(prompt, picture);
        int points = prompt.Points.Count;
        int padding = points > 0 && prompt.Box is null ? 1 : 0;
        return points + padding + (prompt.Box is null ? 0 : 2) + (prompt.ExtraEmbeddings.Length / g.Width);
    }

    /// <summary>Writes the prompt's tokens, [count, Stride]: few, and so without a look at a cancellation.</summary>
    /// <param name="original">The picture's size: the frame of the coordinates.</param>
    /// <param name="input">Its size as encoded.</param>
    public void Write(SamPrompt prompt, ImageSize original, ImageSize input, float* tokens)
    {
        double scaleX = (double)input.Width / original.Width;
        double scaleY = (double)input.Height / original.Height;
        for (int i = 0; i < prompt.Points.Count; i++)
        {
            SamPoint point = prompt.Points[i];
            if (point.Label == PointLabel.Ignore)
            {
                Copy(weights.NotAPoint.Span, tokens);
            }
            else
            {
                Position(point.X * scaleX, point.Y * scaleY, weights.Points[(int)point.Label], tokens);
            }

            tokens += g.Stride;
        }

        if (prompt.Box is { } box)
        {
            Position(box.X0 * scaleX, box.Y0 * scaleY, weights.Points[2], tokens);
            Position(box.X1 * scaleX, box.Y1 * scaleY, weights.Points[3], tokens + g.Stride);
            tokens += 2 * g.Stride;
        }
        else if (prompt.Points.Count > 0)
        {
            Copy(weights.NotAPoint.Span, tokens);
            tokens += g.Stride;
        }

        for (int i = 0; i < prompt.ExtraEmbeddings.Length; i += g.Width)
        {
            Copy(prompt.ExtraEmbeddings.Span.Slice(i, g.Width), tokens);
            tokens += g.Stride;
        }
    }

    /// <summary>The encoding of the centre of a pixel of the input square, plus the embedding of its kind.</summary>
    private void Position(double x, double y, NativeBuffer kind, float* token)
    {
        Span<float> values = new(token, g.Width);
        weights.PositionEncoding.Encode((x + PixelCentre) / g.Side, (y + PixelCentre) / g.Side, values);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] += kind.Pointer[i];
        }
    }

    private void Copy(ReadOnlySpan<float> source, float* token) => source[..g.Width].CopyTo(new Span<float>(token, g.Width));

    private void Check(SamPrompt prompt, ImageSize picture)
    {
        int tokens = prompt.Points.Count + (prompt.ExtraEmbeddings.Length / g.Width);
        if (tokens > SamPrompt.MaxPoints)
        {
            throw new ArgumentException(
                $"A prompt has at most {SamPrompt.MaxPoints} points, further embeddings among them; this one has {tokens}.",
                nameof(prompt));
        }

        for (int i = 0; i < prompt.Points.Count; i++)
        {
            CheckPoint(prompt.Points[i], i, picture);
        }

        if (prompt.Box is { } box)
        {
            CheckBox(box, picture);
        }

        if (!prompt.MaskLogits.IsEmpty && prompt.MaskLogits.Length != g.LowResValues)
        {
            throw new ArgumentException(
                $"A mask prompt for this picture is {g.LowRes.Height} x {g.LowRes.Width} low-resolution logits "
                + $"({g.LowResValues} values); "
                + $"{prompt.MaskLogits.Length} were given.", nameof(prompt));
        }

        if (prompt.Mask is not null && !prompt.MaskLogits.IsEmpty)
        {
            throw new ArgumentException("A prompt has a binary mask or mask logits, not both.", nameof(prompt));
        }

        if (prompt.Mask is { } mask && (mask.Width != picture.Width || mask.Height != picture.Height))
        {
            throw new ArgumentException(
                $"The mask prompt has {mask.Width} x {mask.Height} pixels, the picture {picture.Width} x {picture.Height}: "
                + "they must be equal.", nameof(prompt));
        }

        Finite.Check(prompt.MaskLogits.Span, NonFiniteValues.MaskLogits);
        Finite.Check(prompt.ExtraEmbeddings.Span, NonFiniteValues.ExtraEmbeddings);
        if (prompt.ExtraEmbeddings.Length % g.Width != 0)
        {
            throw new ArgumentException(
                $"Extra embeddings for this model are rows of {g.Width} values; {prompt.ExtraEmbeddings.Length} is no multiple.",
                nameof(prompt));
        }
    }

    private static void CheckPoint(SamPoint point, int index, ImageSize picture)
    {
        if (!(point.X >= 0 && point.X <= picture.Width && point.Y >= 0 && point.Y <= picture.Height))
        {
            throw new ArgumentException(
                $"Point {index + 1} ({point.X}, {point.Y}) is outside the picture, whose x goes from 0 to {picture.Width} "
                + $"and y from 0 to {picture.Height}.", nameof(point));
        }

        if (point.Label is < PointLabel.Ignore or > PointLabel.Foreground)
        {
            throw new ArgumentException(
                $"Point {index + 1} has the label {(int)point.Label}: use 1 (on it), 0 (not on it) or -1 (no point).",
                nameof(point));
        }
    }

    /// <summary>A box may reach over the edge, as detectors' boxes do, but it must have an area and touch the picture.</summary>
    private static void CheckBox(SamBox box, ImageSize picture)
    {
        if (!(box.X0 < box.X1 && box.Y0 < box.Y1)
            || !double.IsFinite(box.X0 + box.Y0 + box.X1 + box.Y1))
        {
            throw new ArgumentException(
                $"The box ({box.X0}, {box.Y0}, {box.X1}, {box.Y1}) has no area: give x0, y0, x1, y1 with x0 < x1 and y0 < y1.",
                nameof(box));
        }

        if (box.X0 >= picture.Width || box.Y0 >= picture.Height || box.X1 <= 0 || box.Y1 <= 0)
        {
            throw new ArgumentException(
                $"The box ({box.X0}, {box.Y0}, {box.X1}, {box.Y1}) lies outside the picture, which has "
                + $"{picture.Width} x {picture.Height} pixels.", nameof(box));
        }
    }
}
