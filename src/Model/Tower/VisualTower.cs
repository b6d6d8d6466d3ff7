using System.Numerics.Tensors;
using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// The visual tower of a document model: pictures in, tokens for its language model out. It is immutable once loaded, and safe
/// to share between any number of threads. Calls compute on the calling thread and the tower's worker threads, and return when
/// they are done.
/// </summary>
public sealed unsafe class VisualTower : IDisposable
{
    private readonly ModelHost host;

    /// <summary>One for each side that a view may have; they share their weights.</summary>
    private readonly Dictionary<int, ImageEncoder> encoders = [];
    private readonly int[] sides;

    private VisualTower(TensorSource source, TowerOptions options, CancellationToken cancellationToken)
    {
        TowerCheckpoint checkpoint = TowerCheckpoint.Open(source, options.IgnoreUnexpectedTensors);
        Config = checkpoint.Config;
        Dtype = checkpoint.Find("image_encoder.pos_embed").Dtype;
        Preprocessing = Choose(options, Config);
        Notes = [.. checkpoint.Notes, .. NotesOn(options)];
        sides = [.. new[] { Preprocessing.Side, Preprocessing.TileSide }.Where(side => side > 0).Distinct()];
        CheckSides(nameof(options));
        host = new ModelHost(this, source, options.Isa, options.Threads);
        try
        {
            using WeightLoader loader = host.NewLoader(checkpoint, options.AllowNonFiniteWeights, cancellationToken);
            VitGeometry native = VitGeometry.Square(Config, Config.ImgSize, plain: false);
            TowerWeights weights = new(loader, native, Config);
            foreach (int side in sides)
            {
                VitGeometry g = native.On(Frame.Square(side, Config.PatchSize));
                VitParts parts = new(weights.Vit, new VitPositions(loader, g), host.Kernels, Threads);
                encoders.Add(side, new ImageEncoder(TowerPlan.Create(g, Config, parts, weights), host.Kernels));
            }
        }
        catch
        {
            host.Abort();
            throw;
        }
    }

    /// <summary>The hyper-parameters, read off the tensors.</summary>
    public TowerConfig Config { get; }

    /// <summary>How pictures are prepared.</summary>
    public TowerPreprocessing Preprocessing { get; }

    /// <summary>The element type of the file's weights; the arithmetic is always in single precision.</summary>
    public TensorDtype Dtype { get; }

    /// <summary>Values of a token.</summary>
    public int Channels => Config.Widths[^1];

    /// <summary>The graph for the view of a whole picture.</summary>
    public EncoderPlan Plan => encoders[Preprocessing.Side].Plan;

    /// <summary>What was noticed while loading.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Where the weights came from, as messages name it.</summary>
    public string Name => host.Identity.Name;

    /// <summary>The instruction set its kernels use.</summary>
    public IsaLevel Isa => host.Kernels.Isa;

    /// <summary>The threads that share its work, the calling one included.</summary>
    public int Threads => host.Pool.Workers;

    /// <summary>Loads the tower of a document model.</summary>
    /// <param name="path">
    /// A safetensors or PyTorch file, the index of a model in several files, or the folder that holds it. Of several files only
    /// those with the tower are opened.
    /// </param>
    /// <exception cref="ArgumentException">The tower cannot run at the size that is asked for.</exception>
    /// <inheritdoc cref="SamModel.Load(string, SamOptions?, CancellationToken)" path="/exception"/>
    public static VisualTower Load(
        string path, TowerOptions? options = null, CancellationToken cancellationToken = default) =>
        Load(CheckpointFile.Open(path, OpenIndex, ignoreChecksums: false, cancellationToken), options, cancellationToken);

    /// <summary>Loads a tower from any source of tensors, which it owns from then on, even when loading fails.</summary>
    /// <inheritdoc cref="Load(string, TowerOptions?, CancellationToken)" path="/exception"/>
    public static VisualTower Load(
        TensorSource source, TowerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return new VisualTower(source, options ?? new TowerOptions(), cancellationToken);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="SamModel.ComputeSha256"/>
    public string ComputeSha256(CancellationToken cancellationToken = default) => host.ComputeSha256(cancellationToken);

    /// <summary>Encodes all views of a picture.</summary>
    /// <param name="progress">Told of every finished step of every view.</param>
    /// <inheritdoc cref="Encode(ReadOnlySpan{ImageView}, IProgress{SamProgress}?, CancellationToken)" path="/exception"/>
    public TowerFeatures Encode(
        ImageView picture, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Encode([picture], progress, cancellationToken);

    /// <summary>Encodes all views of several pictures: each gives the bytes it gives alone.</summary>
    /// <param name="progress">Told of every finished step of every view.</param>
    /// <exception cref="ArgumentException">There is no picture, or one is empty or so thin that nothing of it would be left.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    /// <exception cref="NonFiniteException">The arithmetic overflowed: the weights are damaged.</exception>
    public TowerFeatures Encode(
        ReadOnlySpan<ImageView> pictures, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pictures.Length, nameof(pictures));
        TowerViews[] views = new TowerViews[pictures.Length];
        TowerPicture[] cuts = new TowerPicture[pictures.Length];
        int tiles = 0;
        for (int i = 0; i < views.Length; i++)
        {
            views[i] = Preprocessing.Views(pictures[i]);
            cuts[i] = new TowerPicture(views[i].Columns, views[i].Rows, tiles, views[i].Count - 1);
            tiles += cuts[i].Tiles;
        }

        ViewFeatures? ofTiles = tiles == 0 ? null : NewFeatures(Preprocessing.TileSide, tiles);
        TowerFeatures features = new(cuts, ofTiles, NewFeatures(Preprocessing.Side, views.Length));
        int total = (tiles * (ofTiles is null ? 0 : StepsOf(ofTiles))) + (views.Length * StepsOf(features.Whole));
        EncodeProgress steps = new(progress, 0, total);
        for (int i = 0; i < views.Length; i++)
        {
            int tile = cuts[i].FirstTile;
            foreach (TowerView view in views[i])
            {
                EncoderInput input = new(pictures[i], view.Placement, view.Preprocessing);
                (ViewFeatures into, int index) = view.IsTile ? (ofTiles!, tile++) : (features.Whole, i);
                Run(input, into, index, steps, cancellationToken);
                steps = steps with { Before = steps.Before + StepsOf(into) };
            }
        }

        return features;
    }

    /// <summary>Encodes views that are prepared already.</summary>
    /// <param name="pixelValues">
    /// [n, 3, S, S] with S the side of a whole view or of a tile, as <see cref="Preprocessing"/> has them; normalised.
    /// </param>
    /// <param name="progress">Told of every finished step of every view.</param>
    /// <exception cref="ArgumentException">They have another shape.</exception>
    /// <exception cref="NonFiniteException">One of them is no number, or the arithmetic overflowed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public ViewFeatures EncodePixelValues(
        in ReadOnlyTensorSpan<float> pixelValues, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        int side = PixelValues.SideOf(pixelValues, sides);
        ViewFeatures features = NewFeatures(side, checked((int)pixelValues.Lengths[0]));
        EncodeProgress steps = new(progress, 0, features.Count * StepsOf(features));
        fixed (float* values = &pixelValues.GetPinnableReference())
        {
            for (int i = 0; i < features.Count; i++)
            {
                EncoderInput input = new(PixelValues.Picture(values, i, side));
                Run(input, features, i, steps with { Before = i * StepsOf(features) }, cancellationToken);
            }
        }

        return features;
    }

    /// <summary>Frees the memory that is kept for the next encode; the next one takes it anew.</summary>
    public void TrimExcess() => host.TrimExcess();

    /// <inheritdoc cref="SamModel.Dispose"/>
    public void Dispose() => host.Dispose();

    /// <summary>How pictures are prepared: what the options say, or as the model does it, at the size it was trained with.</summary>
    private static TowerPreprocessing Choose(TowerOptions options, TowerConfig config)
    {
        TowerPreprocessing preset = options.Preprocessing ?? TowerPreprocessing.Of(config.Kind);
        if (options.InputSize is int side)
        {
            return side == config.ImgSize ? preset.At(side) : preset.Whole(side);
        }

        bool fits = options.Preprocessing is not null || preset.Sides.Contains(config.ImgSize);
        return fits ? preset : preset.At(config.ImgSize);
    }

    private IEnumerable<string> NotesOn(TowerOptions options)
    {
        if (Config.Kind == TowerKind.Other && options.Preprocessing is null)
        {
            yield return "The model that the tower belongs to is not known: pictures are prepared as SAM does it. "
                + "Name a preset where they should be prepared in another way.";
        }

        if (Kernels.Isa.ReferenceMode is { } slow)
        {
            yield return slow;
        }
    }

    /// <exception cref="ArgumentException">A view has a side that does not divide into patches, or is out of bounds.</exception>
    private void CheckSides(string parameter)
    {
        foreach (int side in sides)
        {
            if (side != Config.ImgSize
                && (side % Config.PatchSize != 0 || side is < SamOptions.MinInputSize or > SamOptions.MaxInputSize))
            {
                throw new ArgumentException(
                    $"Views of {side} pixels were asked for; this tower has patches of {Config.PatchSize} pixels: give a multiple "
                    + $"of that from {SamOptions.MinInputSize} to {SamOptions.MaxInputSize}.", parameter);
            }
        }
    }

    private ViewFeatures NewFeatures(int side, int count) => new(side, count, encoders[side].Result);

    private int StepsOf(ViewFeatures features) => encoders[features.Side].Plan.Steps.Count;

    private void Run(
        in EncoderInput input, ViewFeatures features, int index, in EncodeProgress progress, CancellationToken cancellationToken)
    {
        using Occupancy.Hold use = host.Use();
        host.Encode(encoders[features.Side], input, features.Destination(index), progress, cancellationToken);
    }

    private static TensorSource OpenIndex(
        string path, ByteSource bytes, bool ignoreChecksums, CancellationToken cancellation) =>
        ShardedFile.Open(path, bytes, TowerFamily.Instance.FindNaming, ignoreChecksums, cancellation);
}
