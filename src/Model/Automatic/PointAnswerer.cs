using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// One worker's part of automatic masks: answers a point all by itself, so that workers never wait for each other, and
/// finds the masks that pass the filters.
/// </summary>
internal sealed unsafe class PointAnswerer : IDisposable
{
    private readonly AutomaticMaskOptions options;
    private readonly MaskDecoder decoder;
    private readonly NativeBuffer logits;
    private readonly float[] scores = new float[MaskChoice.Several.Count];
    private readonly List<int> runs = [];
    private MaskFrame? frame;
    private MaskScan? scan;
    private CropBox crop;
    private ImageSize picture;
    private bool codesAll;

    /// <param name="maskDecoder">Its own from now on; on a pool of one, since the answerer is itself one of many.</param>
    public PointAnswerer(MaskDecoder maskDecoder, AutomaticMaskOptions maskOptions)
    {
        options = maskOptions;
        decoder = maskDecoder;
        logits = new NativeBuffer((nint)scores.Length * decoder.Geometry.LowResValues);
    }

    /// <summary>Takes a crop's embedding in, for all answerers that share its tokens.</summary>
    public void SetPicture(ReadOnlySpan<float> embedding)
    {
        decoder.SetPicture(embedding);
        decoder.ProjectPicture();
    }

    /// <summary>Says where the crop lies, before its first point.</summary>
    /// <param name="maskFrame">The crop's sizes; the same one while they do not change.</param>
    /// <param name="codeAll">Whether masks are coded that are not kept.</param>
    public void Begin(MaskFrame maskFrame, CropBox cropBox, ImageSize pictureSize, bool codeAll)
    {
        codesAll = codeAll;
        crop = cropBox;
        picture = pictureSize;
        if (frame != maskFrame)
        {
            NativeBuffer.Replace(
                ref scan, new MaskScan(decoder.Workspace.Kernels, maskFrame, options.StabilityScoreOffset!.Value));
            frame = maskFrame;
        }
    }

    /// <summary>Finds the candidates of a point: none to three, in the order of the model's masks.</summary>
    /// <param name="index">Which of the crop's points it is.</param>
    /// <param name="point">In pixels of the crop.</param>
    public void Answer(int index, SamPoint point, Candidates candidates, CancellationToken cancellationToken)
    {
        Ask(point, cancellationToken);
        if (!scores.Any(IsGood))
        {
            return;
        }

        Draw(cancellationToken);
        for (int mask = 0; mask < scores.Length; mask++)
        {
            if (IsGood(scores[mask]) && Judge(index, point, mask, cancellationToken) is { } candidate)
            {
                bool leads = candidates.Leads(candidate);
                ReadOnlySpan<int> coded = leads || codesAll ? Code(cancellationToken) : [];
                candidate.Segmentation = leads ? new MaskRle(coded, picture, cancellationToken) : null;
                candidates.Add(candidate);
            }
        }
    }

    /// <summary>Codes a candidate whose pixels were not kept.</summary>
    public void CodeAgain(Candidate candidate, Candidates candidates, CancellationToken cancellationToken)
    {
        Ask(candidate.Point, cancellationToken);
        Draw(cancellationToken);
        scan!.Run(LogitsOf(candidate.Mask), cancellationToken);
        candidates.Complete(candidate, new MaskRle(Code(cancellationToken), picture, cancellationToken));
    }

    public void Dispose()
    {
        decoder.Dispose();
        logits.Dispose();
        scan?.Dispose();
    }

    private void Ask(SamPoint point, CancellationToken cancellationToken)
    {
        decoder.Begin(SamPrompt.At(point.X, point.Y), frame!);
        decoder.Decode([], MaskChoice.Several, scores, cancellationToken);
    }

    private void Draw(CancellationToken cancellationToken) =>
        decoder.Draw(scores.Length, logits.Span, frame!.Covered, cancellationToken);

    private float* LogitsOf(int mask) => logits.Pointer + ((nint)mask * decoder.Geometry.LowResValues);

    private bool IsGood(float score) => options.PredIouThresh <= 0 || score > (float)options.PredIouThresh!.Value;

    /// <summary>Brings a mask to the crop's size; null where it is unstable or cut off by the crop.</summary>
    private Candidate? Judge(int index, SamPoint point, int mask, CancellationToken cancellationToken)
    {
        float stability = scan!.Run(LogitsOf(mask), cancellationToken);
        if (options.StabilityScoreThresh > 0 && !(stability >= (float)options.StabilityScoreThresh.Value))
        {
            return null;
        }

        MaskBounds bounds = scan.Mask.Bounds;
        bounds = bounds with { X = bounds.X + crop.X, Y = bounds.Y + crop.Y };
        return CropLayers.IsCutOff(bounds, crop, picture) ? null : new Candidate
        {
            Order = (index * scores.Length) + mask,
            Point = point,
            Mask = mask,
            Bounds = bounds,
            PredictedIou = scores[mask],
            StabilityScore = stability,
        };
    }

    /// <summary>The run lengths of the mask that was scanned last, until the next one is coded.</summary>
    private ReadOnlySpan<int> Code(CancellationToken cancellationToken) =>
        RunLengths.Encode(scan!.Mask, crop.X, crop.Y, picture, runs, cancellationToken);
}
