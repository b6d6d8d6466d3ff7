using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// A Segment Anything model: immutable once loaded, and safe to share between any number of threads. Calls compute on the
/// calling thread and the model's worker threads, and return when they are done.
/// </summary>
public sealed unsafe class SamModel : IDisposable
{
    private readonly ModelHost host;
    private readonly SamCheckpoint checkpoint;
    private readonly ImageEncoders encoders;

    [SuppressMessage("Usage", "CA2213", Justification = "The host frees it.")]
    private readonly LazyDecoder decoder;

    private readonly InputFit fit;

    private SamModel(TensorSource tensors, SamOptions options, CancellationToken cancellationToken)
    {
        checkpoint = SamCheckpoint.Open(tensors, options.IgnoreUnexpectedTensors);
        Config = checkpoint.Config;
        Notes = Kernels.Isa.ReferenceMode is { } slow ? [.. checkpoint.Notes, slow] : checkpoint.Notes;
        EverythingDefaults = checkpoint.Everything;
        Dtype = checkpoint.Find("image_encoder.pos_embed").Dtype;
        InputSize = SideOf(options, Config);
        fit = options.InputFit;
        VitGeometry square = VitGeometry.Square(Config, InputSize, options.Plain);
        host = new ModelHost(this, tensors, options.Isa, options.Threads, options.MakePool);
        try
        {
            decoder = host.Memory.Own(
                new LazyDecoder(checkpoint, square.Frame, host.Kernels, Pool, options.AllowNonFiniteWeights));
            using WeightLoader loader = host.NewLoader(checkpoint, options.AllowNonFiniteWeights, cancellationToken);
            encoders = new ImageEncoders(loader, square, host.Kernels, Pool.Workers);
            if (HasDecoder && !options.DeferDecoder)
            {
                decoder.Load(cancellationToken);
            }
        }
        catch
        {
            host.Abort();
            throw;
        }
    }

    /// <summary>The hyper-parameters, read off the tensors.</summary>
    public SamConfig Config { get; }

    /// <summary>The element type of the file's weights; the arithmetic is always in single precision.</summary>
    public TensorDtype Dtype { get; }

    /// <summary>
    /// Pixels per side of the square that pictures are brought to: <see cref="SamOptions.InputSize"/>, or the checkpoint's.
    /// </summary>
    public int InputSize { get; }

    /// <summary>The encoder's graph for that square.</summary>
    public EncoderPlan Plan => encoders.Square.Plan;

    /// <summary>What was noticed while loading: tensors that were ignored, <see cref="Isa.ReferenceMode"/>.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The model's own defaults for automatic masks, JSON; null where it has none.</summary>
    public string? EverythingDefaults { get; }

    /// <summary>Where the weights came from, as messages name it.</summary>
    public string Name => host.Identity.Name;

    /// <summary>Whether it can answer prompts; a file with the encoder alone cannot.</summary>
    public bool HasDecoder => checkpoint.HasDecoder;

    /// <summary>Why it cannot answer prompts, a sentence; null where it can.</summary>
    public string? MissingDecoder =>
        HasDecoder ? null : $"{Name} holds the image encoder alone: it can encode pictures but not answer prompts.";

    /// <summary>The instruction set its kernels use.</summary>
    public IsaLevel Isa => host.Kernels.Isa;

    /// <summary>The threads that share its work, the calling one included.</summary>
    public int Threads => Pool.Workers;

    /// <summary>SHA-256 of the weights' file, lower-case hexadecimal; computed when first asked for.</summary>
    public string Sha256 => ComputeSha256();

    internal Frame Frame => Plan.Frame;

    internal WorkerPool Pool => host.Pool;

    internal KernelSet KernelSet => host.Kernels;

    internal ImageEncoder Encoder => encoders.Square;

    /// <summary>The encoder for the square, its steps cut for so many workers.</summary>
    internal ImageEncoder CutFor(int workers) => encoders.CutFor(workers);

    /// <summary>Loads a checkpoint.</summary>
    /// <param name="path">A safetensors or PyTorch file with the original's or Hugging Face's key names.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="SafetensorsException">It is no valid safetensors file, although it begins like one.</exception>
    /// <exception cref="PyTorchException">It is no valid file of PyTorch, although it begins like one.</exception>
    /// <exception cref="CheckpointException">It holds no model that we know, or weights that are not finite.</exception>
    /// <exception cref="NotSupportedException">
    /// The options, or SAMNATIVE_ISA, ask for an instruction set that is not there, or the calling thread does not do IEEE
    /// arithmetic: it flushes subnormal numbers to zero, or does not round to nearest. Every later call checks its thread too.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static SamModel Load(
        string path, SamOptions? options = null, CancellationToken cancellationToken = default) =>
        Load(CheckpointFile.Open(path, openIndex: null, ignoreChecksums: false, cancellationToken), options, cancellationToken);

    /// <summary>Loads a checkpoint from a stream, which is read to its end.</summary>
    /// <inheritdoc cref="Load(string, SamOptions?, CancellationToken)" path="/exception"/>
    public static SamModel Load(
        Stream stream, SamOptions? options = null, CancellationToken cancellationToken = default) =>
        Load(CheckpointFile.Open(stream), options, cancellationToken);

    /// <summary>Loads a checkpoint from memory, which must not change while the model lives.</summary>
    /// <inheritdoc cref="Load(string, SamOptions?, CancellationToken)" path="/exception"/>
    public static SamModel Load(
        ReadOnlyMemory<byte> file, SamOptions? options = null, CancellationToken cancellationToken = default) =>
        Load(CheckpointFile.Open(file), options, cancellationToken);

    /// <summary>Loads a model from any source of tensors, which it owns from then on, even when loading fails.</summary>
    /// <inheritdoc cref="Load(string, SamOptions?, CancellationToken)" path="/exception"/>
    public static SamModel Load(
        TensorSource source, SamOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return new SamModel(source, options ?? new SamOptions(), cancellationToken);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>
    /// <see cref="Sha256"/>, which reads the whole file when first asked for: seconds, where it is large. What asks for it
    /// afterwards (saving an embedding, <see cref="SamEmbedding.CheckModel"/>) no longer takes long.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public string ComputeSha256(CancellationToken cancellationToken = default) => host.ComputeSha256(cancellationToken);

    /// <summary>The grid of tokens that a picture of this size is encoded in.</summary>
    /// <exception cref="ArgumentException">It is so thin that it vanishes when resized.</exception>
    public Frame FrameOf(ImageSize image)
    {
        ImageSize input = Place(image).Input;
        return new Frame(input.Height / Frame.Patch, input.Width / Frame.Patch, Frame.Patch);
    }

    /// <summary>Encodes a picture.</summary>
    /// <exception cref="ArgumentException">The picture is so thin that it vanishes when resized.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    /// <exception cref="NonFiniteException">The arithmetic overflowed: the weights are damaged.</exception>
    public SamEmbedding Encode(
        ImageView image, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Encode([image], progress, cancellationToken);

    /// <summary>Encodes several pictures, one after the other: each gives the bytes it gives alone.</summary>
    /// <exception cref="ArgumentException">
    /// A picture is so thin that it vanishes when resized; or, with <see cref="InputFit.Tight"/>, they need different frames.
    /// </exception>
    /// <inheritdoc cref="Encode(ImageView, IProgress{SamProgress}?, CancellationToken)" path="/exception"/>
    public SamEmbedding Encode(
        ReadOnlySpan<ImageView> images, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(images.Length, nameof(images));
        Frame frame = FrameOf(SizeOf(images[0]));
        foreach (ImageView image in images)
        {
            if (FrameOf(SizeOf(image)) != frame)
            {
                throw new ArgumentException(
                    $"A picture of {image.Width} x {image.Height} pixels needs another frame than the first one, of "
                    + $"{images[0].Width} x {images[0].Height}: with a tight fit, encode pictures of other shapes by themselves.",
                    nameof(images));
            }
        }

        SamEmbedding embedding = NewEmbedding(images.Length, frame);
        for (int i = 0; i < images.Length; i++)
        {
            Encode(images[i], embedding, i, progress, cancellationToken);
        }

        embedding.HasValues = true;
        return embedding;
    }

    /// <summary>
    /// Encodes a picture into an embedding of this model; allocates nothing for pictures of one size. Nobody else can use the
    /// embedding meanwhile, and when it fails or is cancelled the embedding holds no picture.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another call uses the embedding.</exception>
    /// <inheritdoc cref="Encode(ImageView, IProgress{SamProgress}?, CancellationToken)" path="/exception"/>
    public void Encode(
        ImageView image, SamEmbedding destination, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        Frame frame = FrameOf(SizeOf(image));
        if (destination.Count != 1 || destination.Channels != Config.PromptEmbedDim || destination.Frame != frame)
        {
            throw new ArgumentException(
                $"The destination is [{destination.Count}, {destination.Channels}, {destination.Frame.Rows}, "
                + $"{destination.Frame.Columns}]; this picture takes [1, {Config.PromptEmbedDim}, {frame.Rows}, {frame.Columns}].",
                nameof(destination));
        }

        using Occupancy.Hold use = destination.Write();
        destination.HasValues = false;
        Encode(image, destination, 0, progress, cancellationToken);
        destination.HasValues = true;
    }

    /// <summary>Encodes pictures that are resized, normalised and padded already.</summary>
    /// <param name="pixelValues">[n, 3, S, S] with S the side of the model's input, normalised as the original does.</param>
    /// <param name="progress">Told of every finished step.</param>
    /// <exception cref="ArgumentException">They have another shape.</exception>
    /// <exception cref="NonFiniteException">One of them is no number, or the arithmetic overflowed.</exception>
    public SamEmbedding EncodePixelValues(
        in ReadOnlyTensorSpan<float> pixelValues, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        int side = PixelValues.SideOf(pixelValues, [InputSize]);
        SamEmbedding embedding = NewEmbedding(checked((int)pixelValues.Lengths[0]), Frame);
        fixed (float* values = &pixelValues.GetPinnableReference())
        {
            for (int i = 0; i < embedding.Count; i++)
            {
                embedding.SetSizes(i, new ImageSize(side, side), new ImageSize(side, side));
                Run(new EncoderInput(PixelValues.Picture(values, i, side)), embedding, i, progress, cancellationToken);
            }
        }

        embedding.HasValues = true;
        return embedding;
    }

    /// <summary>Makes a predictor: cheap beside the model, for one caller at a time.</summary>
    /// <exception cref="InvalidOperationException">The file holds the encoder alone.</exception>
    /// <exception cref="CheckpointException">
    /// <see cref="SamOptions.DeferDecoder"/> was set, and the weights that are read only now are not finite.
    /// </exception>
    public SamPredictor CreatePredictor() => new(this, UseDecoder());

    /// <summary>
    /// Frees the memory that is kept for the next encode, 58 MB for ViT-B; the next one takes it anew. For programs that go
    /// on with prompts alone.
    /// </summary>
    public void TrimExcess() => host.TrimExcess();

    /// <summary>
    /// Frees the weights, once the last call that is still running has returned; that call ends with an
    /// <see cref="ObjectDisposedException"/> at its next step.
    /// </summary>
    public void Dispose() => host.Dispose();

    internal void ThrowIfDisposed() => host.Occupancy.ThrowIfDisposed();

    /// <summary>The weights that answer prompts.</summary>
    /// <inheritdoc cref="CreatePredictor" path="/exception"/>
    internal DecoderWeights UseDecoder()
    {
        using Occupancy.Hold use = Use();
        return MissingDecoder is { } reason ? throw new InvalidOperationException(reason) : decoder.Load(CancellationToken.None);
    }

    internal SamEmbedding NewEmbedding(int count, Frame frame) => new(count, Config.PromptEmbedDim, frame, null, host.Identity);

    /// <summary>An embedding that takes one picture: the one that is there, or another in its place.</summary>
    internal SamEmbedding EmbeddingFor(ImageView image, ref SamEmbedding? former)
    {
        Frame frame = FrameOf(SizeOf(image));
        if (former?.Frame != frame)
        {
            SamEmbedding next = NewEmbedding(1, frame);
            former?.Dispose();
            former = next;
        }

        return former;
    }

    /// <summary>Keeps the weights alive meanwhile, on a thread whose arithmetic is that of all others.</summary>
    internal Occupancy.Hold Use() => host.Use();

    /// <summary>The side of the square that pictures are brought to.</summary>
    private static int SideOf(SamOptions options, SamConfig config) => options.InputSize is not { } side || side % config.PatchSize == 0
        ? options.InputSize ?? config.ImgSize
        : throw new ArgumentException(
            $"An input size of {side} pixels was asked for; this model has patches of {config.PatchSize} pixels: give a "
            + $"multiple of that, for example {side / config.PatchSize * config.PatchSize}.", nameof(options));

    private static ImageSize SizeOf(ImageView image) => new(image.Height, image.Width);

    private Placement Place(ImageSize image)
    {
        if (image.Height == 0)
        {
            throw new ArgumentException("The picture is empty: default(ImageView) has no pixels.", nameof(image));
        }

        Placement placement = Preprocessing.Sam.Place(image, InputSize);
        placement.CheckNotTooThin(nameof(image));
        return fit == InputFit.Tight ? placement.Tight(Frame.Patch) : placement;
    }

    private void Encode(
        ImageView image, SamEmbedding destination, int index, IProgress<SamProgress>? progress, CancellationToken cancellationToken)
    {
        Placement placement = Place(SizeOf(image));
        destination.SetSizes(index, SizeOf(image), placement.Resized);
        Run(new EncoderInput(image, placement, Preprocessing.Sam), destination, index, progress, cancellationToken);
    }

    /// <summary>Encodes one picture into its place of an embedding.</summary>
    private void Run(
        in EncoderInput input, SamEmbedding destination, int index, IProgress<SamProgress>? progress,
        CancellationToken cancellationToken)
    {
        using Occupancy.Hold use = Use();
        destination.SetMaker(host.Identity);
        ImageEncoder encoder = encoders.On(destination.Frame);
        host.Encode(encoder, input, destination.Destination(index), new EncodeProgress(progress), cancellationToken);
    }
}
