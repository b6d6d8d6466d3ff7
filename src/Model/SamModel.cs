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
    /// <summary>Workspaces that are kept for the next encode; more are made when more encodes run at a time.</summary>
    private const int KeptWorkspaces = 2;

    private readonly WeightsIdentity identity;
    private readonly SamCheckpoint checkpoint;
    private readonly bool allowNonFinite;
    private readonly KernelSet kernels;
    private readonly FusedEncoder encoder;
    private readonly ModelMemory memory = new();
    private readonly ModelMemory decoderMemory = new();
    private readonly Lock decoderGate = new();
    private readonly Stack<EncoderRun> idle = new();
    private readonly Lock gate = new();
    private DecoderWeights? decoder;
    private readonly Occupancy occupancy;

    private SamModel(TensorSource tensors, SamOptions options, CancellationToken cancellationToken)
    {
        FloatEnvironment.Check();
        identity = new WeightsIdentity(tensors);
        occupancy = new Occupancy(this, string.Empty, Free);
        kernels = KernelTable.For(options.Isa ?? Kernels.Isa.Default);
        allowNonFinite = options.AllowNonFiniteWeights;
        checkpoint = SamCheckpoint.Open(tensors, options.IgnoreUnexpectedTensors);
        Config = checkpoint.Config;
        Notes = Kernels.Isa.ReferenceMode is { } slow ? [.. checkpoint.Notes, slow] : checkpoint.Notes;
        EverythingDefaults = checkpoint.Everything;
        Dtype = checkpoint.Find("image_encoder.pos_embed").Dtype;
        Plan = EncoderPlan.Create(Config, options.Plain);
        Pool = options.MakePool?.Invoke() ?? new WorkerPool(options.Threads > 0 ? options.Threads : Processors.PhysicalCores);
        try
        {
            using WeightLoader loader = new(checkpoint, kernels, Pool, memory, allowNonFinite, cancellationToken);
            encoder = new FusedEncoder(Plan, new EncoderWeights(loader, Plan.Geometry));
            if (HasDecoder && !options.DeferDecoder)
            {
                LoadDecoder(cancellationToken);
            }
        }
        catch
        {
            memory.Dispose();
            decoderMemory.Dispose();
            Pool.Dispose();
            throw;
        }
    }

    /// <summary>Ends the threads of a model that was forgotten; its memory has finalizers of its own.</summary>
    ~SamModel() => Pool?.Abandon();

    /// <summary>The hyper-parameters, read off the tensors.</summary>
    public SamConfig Config { get; }

    /// <summary>The element type of the file's weights; the arithmetic is always in single precision.</summary>
    public TensorDtype Dtype { get; }

    /// <summary>The encoder's graph.</summary>
    public EncoderPlan Plan { get; }

    /// <summary>What was noticed while loading: tensors that were ignored, <see cref="Isa.ReferenceMode"/>.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The model's own defaults for automatic masks, JSON; null where it has none.</summary>
    public string? EverythingDefaults { get; }

    /// <summary>Where the weights came from, as messages name it.</summary>
    public string Name => identity.Name;

    /// <summary>Whether it can answer prompts; a file with the encoder alone cannot.</summary>
    public bool HasDecoder => checkpoint.HasDecoder;

    /// <summary>Why it cannot answer prompts, a sentence; null where it can.</summary>
    public string? MissingDecoder =>
        HasDecoder ? null : $"{Name} holds the image encoder alone: it can encode pictures but not answer prompts.";

    /// <summary>The instruction set its kernels use.</summary>
    public IsaLevel Isa => kernels.Isa;

    /// <summary>The threads that share its work, the calling one included.</summary>
    public int Threads => Pool.Workers;

    /// <summary>SHA-256 of the weights' file, lower-case hexadecimal; computed when first asked for.</summary>
    public string Sha256 => ComputeSha256();

    internal Frame Frame => Frame.Square(Config.ImgSize, Config.PatchSize);

    internal WorkerPool Pool { get; }

    internal KernelSet KernelSet => kernels;

    internal FusedEncoder Encoder => encoder;

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
        Load(CheckpointFile.Open(path, ignoreChecksums: false, cancellationToken), options, cancellationToken);

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
    public string ComputeSha256(CancellationToken cancellationToken = default)
    {
        using Occupancy.Hold use = occupancy.Read();
        return identity.ComputeSha256(cancellationToken);
    }

    /// <summary>Encodes a picture.</summary>
    /// <exception cref="ArgumentException">The picture is so thin that it vanishes when resized.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    /// <exception cref="NonFiniteException">The arithmetic overflowed: the weights are damaged.</exception>
    public SamEmbedding Encode(
        ImageView image, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        SamEmbedding embedding = NewEmbedding(1);
        Encode(image, embedding, 0, progress, cancellationToken);
        embedding.HasValues = true;
        return embedding;
    }

    /// <summary>Encodes several pictures, one after the other: each gives the bytes it gives alone.</summary>
    /// <inheritdoc cref="Encode(ImageView, IProgress{SamProgress}?, CancellationToken)" path="/exception"/>
    public SamEmbedding Encode(
        ReadOnlySpan<ImageView> images, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(images.Length, nameof(images));
        SamEmbedding embedding = NewEmbedding(images.Length);
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
        if (destination.Count != 1 || destination.Channels != Config.PromptEmbedDim || destination.Frame != Frame)
        {
            throw new ArgumentException(
                $"The destination is [{destination.Count}, {destination.Channels}, {destination.Frame.Rows}, "
                + $"{destination.Frame.Columns}]; one picture of this model takes "
                + $"[1, {Config.PromptEmbedDim}, {Frame.Rows}, {Frame.Columns}].",
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
        int side = Config.ImgSize;
        if (pixelValues.Rank != 4 || pixelValues.Lengths[0] < 1 || pixelValues.Lengths[1] != 3
            || pixelValues.Lengths[2] != side || pixelValues.Lengths[3] != side || !pixelValues.IsDense)
        {
            throw new ArgumentException(
                $"Pixel values for this model are a dense [n, 3, {side}, {side}] tensor; "
                + $"[{string.Join(", ", pixelValues.Lengths.ToArray())}] was given.", nameof(pixelValues));
        }

        SamEmbedding embedding = NewEmbedding(checked((int)pixelValues.Lengths[0]));
        fixed (float* values = &pixelValues.GetPinnableReference())
        {
            for (int i = 0; i < embedding.Count; i++)
            {
                nint first = (nint)i * 3 * side * side;
                Finite.Check(new ReadOnlySpan<float>(values + first, 3 * side * side), NonFiniteValues.PixelValues, first);
                embedding.SetSizes(i, new ImageSize(side, side), new ImageSize(side, side));
                Run(null, values + first, embedding, i, progress, cancellationToken);
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
    public void TrimExcess()
    {
        lock (gate)
        {
            while (idle.TryPop(out EncoderRun? run))
            {
                run.Dispose();
            }
        }
    }

    /// <summary>
    /// Frees the weights, once the last call that is still running has returned; that call ends with an
    /// <see cref="ObjectDisposedException"/> at its next step.
    /// </summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (occupancy.Close())
        {
            Free();
        }
    }

    internal void ThrowIfDisposed() => occupancy.ThrowIfDisposed();

    /// <summary>The weights that answer prompts.</summary>
    /// <inheritdoc cref="CreatePredictor" path="/exception"/>
    internal DecoderWeights UseDecoder()
    {
        using Occupancy.Hold use = Use();
        return MissingDecoder is { } reason ? throw new InvalidOperationException(reason) : LoadDecoder(CancellationToken.None);
    }

    internal SamEmbedding NewEmbedding(int count) => new(count, Config.PromptEmbedDim, Frame, null, identity);

    /// <summary>Keeps the weights alive meanwhile, on a thread whose arithmetic is that of all others.</summary>
    internal Occupancy.Hold Use()
    {
        FloatEnvironment.Check();
        return occupancy.Read();
    }

    private void Encode(
        ImageView image, SamEmbedding destination, int index, IProgress<SamProgress>? progress, CancellationToken cancellationToken)
    {
        ImageSize original = new(image.Height, image.Width);
        if (original.Height == 0)
        {
            throw new ArgumentException("The picture is empty: default(ImageView) has no pixels.", nameof(image));
        }

        ImageSize input = original.FitInto(Config.ImgSize);
        if (input.Height == 0 || input.Width == 0)
        {
            throw new ArgumentException(
                $"A picture of {image.Width} x {image.Height} pixels is too thin: resized so that its longer side has "
                + $"{Config.ImgSize} pixels, the shorter one has none. Cut it into parts first.", nameof(image));
        }

        destination.SetSizes(index, original, input);
        Run(image, null, destination, index, progress, cancellationToken);
    }

    /// <summary>Encodes one picture, from pixels or from ready values, into its place of an embedding.</summary>
    private void Run(
        ImageView? image, float* pixelValues, SamEmbedding destination, int index, IProgress<SamProgress>? progress,
        CancellationToken cancellationToken)
    {
        using Occupancy.Hold use = Use();
        destination.SetMaker(identity);
        EncoderRun run = Rent();
        try
        {
            EncoderWorkspace workspace = run.Workspace;
            ImageSize size = destination.InputSizes[index];
            workspace.PixelValues = pixelValues;
            workspace.InputHeight = size.Height;
            workspace.InputWidth = size.Width;
            if (image is { } view)
            {
                run.Resizer.Run(Pool, view, size, workspace.Pixels, cancellationToken);
            }

            fixed (float* values = destination.Destination(index))
            {
                workspace.Embedding = values;
                encoder.Run(run, Pool, this, progress, cancellationToken);
            }

            Finite.Check(destination.Destination(index), NonFiniteValues.Embedding);
        }
        finally
        {
            Return(run);
        }
    }

    /// <summary>The decoder's weights, read when they are first asked for.</summary>
    private DecoderWeights LoadDecoder(CancellationToken cancellationToken)
    {
        lock (decoderGate)
        {
            if (decoder is not null)
            {
                return decoder;
            }

            try
            {
                using WeightLoader loader = new(checkpoint, kernels, Pool, decoderMemory, allowNonFinite, cancellationToken);
                return decoder = new DecoderWeights(loader, Frame, kernels);
            }
            catch
            {
                decoderMemory.Dispose();
                throw;
            }
        }
    }

    private EncoderRun Rent()
    {
        lock (gate)
        {
            if (idle.TryPop(out EncoderRun? run))
            {
                return run;
            }
        }

        return new EncoderRun(new EncoderWorkspace(Plan, kernels, Pool.Workers), new PictureResizer(kernels, Pool.Workers));
    }

    private void Return(EncoderRun run)
    {
        lock (gate)
        {
            if (idle.Count < KeptWorkspaces)
            {
                idle.Push(run);
                return;
            }
        }

        run.Dispose();
    }

    private void Free()
    {
        Pool.Dispose();
        memory.Dispose();
        decoderMemory.Dispose();
        TrimExcess();
        identity.Release();
    }
}
