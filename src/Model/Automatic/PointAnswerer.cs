using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// One worker's part of automatic masks: answers a point all by itself, so that workers never wait for each other, and
/// makes records of the masks that pass the filters.
/// </summary>
internal sealed unsafe class PointAnswerer : IDisposable
{
    /// <summary>Masks of an ambiguous prompt.</summary>
    private const int Masks = DecoderGeometry.Masks - 1;

    private readonly AutomaticMaskOptions options;
    private readonly DecoderGeometry g;
    private readonly PromptEncoder prompts;
    private readonly MaskDecoder decoder;
    private readonly NativeBuffer logits;
    private readonly float[] scores = new float[Masks];
    private MaskFrame? frame;
    private MaskScan? scan;
    private CropBox crop;
    private ImageSize picture;

    /// <param name="alone">A pool of one: the answerer is itself one of many.</param>
    public PointAnswerer(DecoderParts parts, PictureTokens tokens, WorkerPool alone, AutomaticMaskOptions maskOptions)
    {
        options = maskOptions;
        g = parts.Geometry;
        prompts = new PromptEncoder(parts.Prompt, g);
        decoder = new MaskDecoder(
            new DecoderWorkspace(g, parts.Kernels, tokens, alone.Workers), parts.Decoder, parts.Prompt, alone);
        logits = new NativeBuffer((nint)Masks * g.LowResSide * g.LowResSide);
    }

    /// <summary>Takes a crop's embedding in, for all answerers that share its tokens.</summary>
    public void SetPicture(ReadOnlySpan<float> embedding)
    {
        decoder.SetPicture(embedding);
        decoder.ProjectPicture();
    }

    /// <summary>Says where the crop lies, before its first point.</summary>
    /// <param name="maskFrame">The crop's sizes; the same one while they do not change.</param>
    public void Begin(MaskFrame maskFrame, CropBox cropBox, ImageSize pictureSize)
    {
        crop = cropBox;
        picture = pictureSize;
        if (frame != maskFrame)
        {
            scan?.Dispose();
            frame = maskFrame;
            scan = new MaskScan(decoder.Workspace.Kernels, frame, options.StabilityScoreOffset!.Value);
        }
    }

    /// <summary>The records of a point: none to three, in the order of the model's masks.</summary>
    /// <param name="point">In pixels of the crop.</param>
    public AutomaticMask[] Answer(SamPoint point, CancellationToken cancellationToken)
    {
        SamPrompt prompt = SamPrompt.At(point.X, point.Y);
        int count = prompts.Count(prompt, frame!.Original);
        prompts.Write(prompt, frame.Original, frame.Input, decoder.BeginTokens(count));
        decoder.Decode([], DecoderGeometry.Masks - Masks, scores, cancellationToken);
        if (!scores.Any(IsGood))
        {
            return [];
        }

        decoder.Draw(logits.Span, cancellationToken);
        List<AutomaticMask> found = [];
        for (int i = 0; i < Masks; i++)
        {
            if (IsGood(scores[i]) && Record(i, point, cancellationToken) is { } mask)
            {
                found.Add(mask);
            }
        }

        return [.. found];
    }

    public void Dispose()
    {
        decoder.Dispose();
        logits.Dispose();
        scan?.Dispose();
    }

    private bool IsGood(float score) => options.PredIouThresh <= 0 || score > (float)options.PredIouThresh!.Value;

    /// <summary>The record of a mask; null where it is unstable or cut off by the crop.</summary>
    private AutomaticMask? Record(int index, SamPoint point, CancellationToken cancellationToken)
    {
        float stability = scan!.Run(logits.Pointer + ((nint)index * g.LowResSide * g.LowResSide), cancellationToken);
        if (options.StabilityScoreThresh > 0 && !(stability >= (float)options.StabilityScoreThresh.Value))
        {
            return null;
        }

        MaskBounds bounds = scan.Mask.Bounds;
        bounds = bounds with { X = bounds.X + crop.X, Y = bounds.Y + crop.Y };
        return CropLayers.IsCutOff(bounds, crop, picture) ? null : new AutomaticMask
        {
            Segmentation = new MaskRle(RunLengths.Encode(scan.Mask, crop.X, crop.Y, picture), picture),
            Bounds = bounds,
            PredictedIou = scores[index],
            StabilityScore = stability,
            Point = new SamPoint(point.X + crop.X, point.Y + crop.Y),
            CropBox = crop,
        };
    }
}
