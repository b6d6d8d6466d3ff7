using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// Finds all masks of a picture without being asked for any: it prompts with a grid of points and keeps the good answers,
/// each once (segment_anything/automatic_mask_generator.py). It belongs to one caller: a call while another one runs throws
/// <see cref="InvalidOperationException"/>. It keeps its workspace from picture to picture.
/// </summary>
public sealed class AutomaticMaskGenerator : IDisposable
{
    private readonly SamModel model;
    private readonly Occupancy occupancy;
    private readonly DecoderWeights weights;
    private readonly WorkerPool alone = new(1);
    private PointAnswerers? answerers;
    private SamEmbedding? ownEmbedding;

    /// <summary>Makes a generator: cheap beside the model.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The file holds the encoder alone.</exception>
    /// <exception cref="CheckpointException">The file's own defaults for automatic masks cannot be read.</exception>
    public AutomaticMaskGenerator(SamModel model, AutomaticMaskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        occupancy = new Occupancy(
            this, "This generator is in use by another call: give each caller its own, they are cheap beside the model.", Free);
        Options = AutomaticMaskOptions.For(model, options ?? new AutomaticMaskOptions());
        weights = model.UseDecoder();
    }

    /// <summary>
    /// What holds: the caller's options, then the file's, then the original's. Null is only what the original lacks and
    /// nobody asked for.
    /// </summary>
    public AutomaticMaskOptions Options { get; }

    /// <summary>Whether masks are coded too that suppression takes out anyway, as the original does: to measure it.</summary>
    internal bool CodesAll { get; set; }

    /// <summary>Finds the masks of a picture; none is an empty list.</summary>
    /// <param name="progress">Told of finished points, those of all crops.</param>
    /// <returns>Of one crop, the highest predicted IoU first; of several, the masks of the smallest crops first.</returns>
    /// <exception cref="ArgumentException">The picture is too thin to be resized.</exception>
    /// <exception cref="MaskLimitException">The masks take more than <see cref="AutomaticMaskOptions.MaxMaskBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">Another call uses this generator.</exception>
    /// <exception cref="ObjectDisposedException">It, or its model, was disposed, be it meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public IReadOnlyList<AutomaticMask> Generate(
        ImageView image, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using Occupancy.Hold use = occupancy.Write();
        using Occupancy.Hold useOfModel = model.Use();
        ImageSize picture = new(image.Height, image.Width);
        List<(CropBox Box, int Layer)> crops = picture.Height == 0
            ? [default]
            : CropLayers.Boxes(picture, Options.CropNLayers!.Value, Options.CropOverlapRatio!.Value);
        crops.RemoveAll(crop => crop.Layer > 0 && Vanishes(crop.Box));
        PointCount count = new(progress, crops.Sum(crop => Options.Points(crop.Layer).Count));
        List<AutomaticMask> masks = [];
        foreach ((CropBox box, int layer) in crops)
        {
            ImageView part = layer == 0 ? image : image.Crop(box.X, box.Y, box.Width, box.Height);
            SamEmbedding embedding = model.EmbeddingFor(part, ref ownEmbedding);
            model.Encode(part, embedding, null, cancellationToken);
            EncodedCrop crop = new(embedding, 0, box, layer, picture);
            masks.AddRange(SearchCrop(crop, masks.Sum(mask => mask.Bytes), count, cancellationToken));
        }

        return Finish(masks, crops.Count > 1, cancellationToken);
    }

    /// <summary>Finds the masks of a picture that was encoded before.</summary>
    /// <param name="index">Which of the embedding's pictures.</param>
    /// <exception cref="InvalidOperationException">
    /// Crops are asked for, which need the picture; or another call uses this generator or writes to the embedding, or that
    /// holds no picture.
    /// </exception>
    /// <exception cref="ArgumentException">The embedding was made by a model of another shape.</exception>
    /// <inheritdoc cref="Generate(ImageView, IProgress{SamProgress}?, CancellationToken)"/>
    public IReadOnlyList<AutomaticMask> Generate(
        SamEmbedding embedding, int index = 0, IProgress<SamProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        using Occupancy.Hold use = occupancy.Write();
        using Occupancy.Hold useOfModel = model.Use();
        using Occupancy.Hold useOfEmbedding = embedding.Read();
        if (Options.CropNLayers > 0)
        {
            throw new InvalidOperationException(
                "Crops are encoded one by one, which needs the picture: give it instead of its embedding, or set CropNLayers to 0.");
        }

        weights.Geometry.Check(embedding, index);
        ImageSize picture = embedding.OriginalSizes[index];
        PointCount count = new(progress, Options.Points(0).Count);
        EncodedCrop whole = new(embedding, index, new CropBox(0, 0, picture.Width, picture.Height), 0, picture);
        return Finish(SearchCrop(whole, 0, count, cancellationToken), false, cancellationToken);
    }

    /// <summary>Frees the workspace, as soon as the call that uses it has returned; that call ends early.</summary>
    public void Dispose()
    {
        if (occupancy.Close())
        {
            Free();
        }
    }

    private void Free()
    {
        answerers?.Dispose();
        alone.Dispose();
        ownEmbedding?.Dispose();
    }

    private bool Vanishes(CropBox box) =>
        new ImageSize(box.Height, box.Width).FitInto(model.InputSize) is { Height: 0 } or { Width: 0 };

    /// <summary>The masks of a crop, each once, highest predicted IoU first.</summary>
    /// <param name="bytesBefore">What the masks of other crops take already.</param>
    private List<AutomaticMask> SearchCrop(
        EncodedCrop crop, long bytesBefore, PointCount count, CancellationToken cancellationToken)
    {
        SamMask.CheckSize(crop.Picture.Width, crop.Picture.Height);
        PointAnswerers all = AnswerersFor(crop.Embedding.Frame);
        all.Begin(crop, CodesAll);
        CropBox box = crop.Box;
        SamPoint[] points = [.. Options.Points(crop.Layer).Select(point => new SamPoint(point.X * box.Width, point.Y * box.Height))];
        Candidates candidates = new(Options.BoxNmsThresh!.Value, Options.MaxMaskBytes, bytesBefore);
        for (int first = 0, batch; first < points.Length; first += batch)
        {
            int start = first;
            batch = Math.Min(Options.PointsPerBatch!.Value, points.Length - first);
            occupancy.ThrowIfDisposed();
            model.ThrowIfDisposed();
            all.Run(
                model.Pool, batch,
                (answerer, i) => answerer.Answer(start + i, points[start + i], candidates, cancellationToken),
                cancellationToken);
            count.Add(batch);
        }

        List<Candidate> kept = candidates.Keep(cancellationToken);
        Candidate[] bare = [.. kept.Where(candidate => candidate.Segmentation is null)];
        all.Run(
            model.Pool, bare.Length, (answerer, i) => answerer.CodeAgain(bare[i], candidates, cancellationToken),
            cancellationToken);
        return [.. kept.Select(candidate => Record(candidate, box))];
    }

    private static AutomaticMask Record(Candidate candidate, CropBox box) => new()
    {
        Segmentation = candidate.Segmentation!,
        Bounds = candidate.Bounds,
        PredictedIou = candidate.PredictedIou,
        StabilityScore = candidate.StabilityScore,
        Point = new SamPoint(candidate.Point.X + box.X, candidate.Point.Y + box.Y),
        CropBox = box,
    };

    /// <summary>Those that are there, if their frame is the same; otherwise others in their place.</summary>
    private PointAnswerers AnswerersFor(Frame frame)
    {
        if (answerers?.Frame != frame)
        {
            NativeBuffer.Replace(ref answerers, new PointAnswerers(weights, frame, Options, alone, model.Pool.Workers));
        }

        return answerers!;
    }

    /// <summary>What follows when the masks of all crops are together.</summary>
    private List<AutomaticMask> Finish(List<AutomaticMask> masks, bool fromCrops, CancellationToken cancellationToken)
    {
        if (fromCrops)
        {
            masks = Keep(
                masks, [.. masks.Select(mask => 1f / (mask.CropBox.Width * mask.CropBox.Height))], Options.CropNmsThresh!.Value,
                cancellationToken);
        }

        if (Options.MinMaskRegionArea > 0)
        {
            masks = RemoveSmallRegions(masks, cancellationToken);
        }

        if (Options.FillHoles == true)
        {
            masks = [.. Reshape(masks, mask => RegionFilter.FillEnclosed(mask, cancellationToken), cancellationToken).Select(result => result.Mask)];
        }

        return Options.MaskNmsThresh is null && Options.ContainmentThresh is null
            ? masks
            : MaskSuppression.Keep(masks, Options.MaskNmsThresh, Options.ContainmentThresh, cancellationToken);
    }

    /// <summary>Those that were changed give way to those that were not (postprocess_small_regions).</summary>
    private List<AutomaticMask> RemoveSmallRegions(List<AutomaticMask> masks, CancellationToken cancellationToken)
    {
        int area = Options.MinMaskRegionArea!.Value;
        (AutomaticMask Mask, bool Changed)[] results =
            Reshape(masks, mask => RegionFilter.RemoveSmall(mask, area, cancellationToken), cancellationToken);
        return Keep(
            [.. results.Select(result => result.Mask)], [.. results.Select(result => result.Changed ? 0f : 1f)],
            Math.Max(Options.BoxNmsThresh!.Value, Options.CropNmsThresh!.Value), cancellationToken);
    }

    private (AutomaticMask Mask, bool Changed)[] Reshape(
        List<AutomaticMask> masks, Func<SamMask, bool> change, CancellationToken cancellationToken)
    {
        ReshapeJob reshape = new(masks, change, cancellationToken);
        model.Pool.Run(reshape, masks.Count, cancellationToken);
        return reshape.Results;
    }

    private static List<AutomaticMask> Keep(
        List<AutomaticMask> masks, float[] scores, double threshold, CancellationToken cancellationToken)
    {
        Corners[] boxes = [.. masks.Select(mask => Corners.Of(mask.Bounds))];
        return [.. BoxSuppression.Keep(boxes, scores, threshold, cancellationToken).Select(i => masks[i])];
    }

    /// <summary>Reports how many points of all are done.</summary>
    private sealed class PointCount(IProgress<SamProgress>? progress, int total)
    {
        private int done;

        public void Add(int points)
        {
            done += points;
            progress?.Report(new SamProgress(done, total));
        }
    }
}
