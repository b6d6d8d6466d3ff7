using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// One answerer for each worker, for pictures of one frame, whose tokens they share; a piece is what one does at a time.
/// </summary>
internal sealed class PointAnswerers : ParallelJob, IDisposable
{
    private readonly DecoderGeometry g;
    private readonly PointAnswerer[] answerers;
    private Action<PointAnswerer, int> piece = (_, _) => { };
    private MaskFrame? frame;

    /// <param name="alone">A pool of one, which all of them use.</param>
    public PointAnswerers(DecoderWeights weights, Frame pictures, AutomaticMaskOptions options, WorkerPool alone, int workers)
    {
        g = weights.Geometry.On(pictures);
        PictureTokens tokens = new(g, weights.Prompt);
        answerers = new PointAnswerer[workers];
        for (int i = 0; i < workers; i++)
        {
            answerers[i] = new PointAnswerer(new MaskDecoder(weights, tokens, alone), options);
        }
    }

    /// <summary>The frame of the pictures.</summary>
    public Frame Frame => g.Frame;

    /// <summary>Takes a crop in, before its first point.</summary>
    /// <param name="codesAll">Whether masks are coded that are not kept.</param>
    public void Begin(EncodedCrop crop, bool codesAll)
    {
        ImageSize input = crop.Embedding.InputSizes[crop.Index];
        ImageSize original = crop.Embedding.OriginalSizes[crop.Index];
        if (frame is null || frame.Input != input || frame.Original != original)
        {
            frame = g.MaskFrame(input, original);
        }

        answerers[0].SetPicture(crop.Embedding.At(crop.Index));
        foreach (PointAnswerer answerer in answerers)
        {
            answerer.Begin(frame, crop.Box, crop.Picture, codesAll);
        }
    }

    /// <summary>Does numbered pieces, each on an answerer that nobody else uses meanwhile.</summary>
    public void Run(WorkerPool pool, int pieces, Action<PointAnswerer, int> work, CancellationToken cancellationToken)
    {
        piece = work;
        pool.Run(this, pieces, cancellationToken);
    }

    public override void Run(int index, int worker) => piece(answerers[worker], index);

    public void Dispose()
    {
        foreach (PointAnswerer answerer in answerers)
        {
            answerer.Dispose();
        }
    }
}
