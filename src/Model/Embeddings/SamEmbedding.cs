using System.Numerics.Tensors;
using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// What the image encoder makes of one or more pictures, and all that prompts need of them: encode once, then prompt as
/// often as you like, now or later, here or in another process. It can be saved, loaded and shared between threads.
/// </summary>
public sealed class SamEmbedding : IDisposable
{
    private readonly Occupancy occupancy;
    private ImageSize[] originalSizes;
    private ImageSize[] inputSizes;
    private WeightsIdentity? model;
    private string? modelSha256;
    private float[] values;

    /// <param name="sha256">The hash of the weights; null to ask the model for it when it is needed.</param>
    internal SamEmbedding(int count, int channels, Frame frame, string? sha256, WeightsIdentity? maker = null)
    {
        occupancy = new Occupancy(
            this, "This embedding is in use by another call, and one of the two writes to it: give each encode an embedding of its own.",
            Free);
        modelSha256 = sha256;
        model = maker?.Share();
        Count = count;
        Channels = channels;
        Frame = frame;
        values = GC.AllocateUninitializedArray<float>(checked(count * channels * frame.Tokens), pinned: true);
        originalSizes = new ImageSize[count];
        inputSizes = new ImageSize[count];
    }

    /// <summary>How many pictures it holds.</summary>
    public int Count { get; }

    /// <summary>Channels per position: 256 for the published models.</summary>
    public int Channels { get; }

    /// <summary>The grid of positions: 64 x 64 of 16 pixels for the published models.</summary>
    public Frame Frame { get; }

    /// <summary>The values, [Count, Channels, Frame.Rows, Frame.Columns]: a view, which the next encode into the embedding overwrites.</summary>
    /// <exception cref="ObjectDisposedException">The embedding was disposed.</exception>
    /// <exception cref="InvalidOperationException">
    /// An encode writes to it, or the last one that did failed or was cancelled.
    /// </exception>
    public ReadOnlyTensorSpan<float> Tensor
    {
        get
        {
            occupancy.CheckReadable();
            return new(Values, [Count, Channels, Frame.Rows, Frame.Columns]);
        }
    }

    /// <summary>The size of the first picture before it was resized: the frame of prompts and masks.</summary>
    public ImageSize OriginalSize => originalSizes[0];

    /// <summary>The size of the first picture as the encoder saw it, without padding.</summary>
    public ImageSize InputSize => inputSizes[0];

    /// <summary>The original sizes of all pictures.</summary>
    public IReadOnlyList<ImageSize> OriginalSizes => originalSizes;

    /// <summary>The resized sizes of all pictures.</summary>
    public IReadOnlyList<ImageSize> InputSizes => inputSizes;

    /// <summary>The SHA-256 of the weights' file of the model that made it, lower-case hexadecimal.</summary>
    /// <exception cref="ObjectDisposedException">The embedding was disposed before anybody asked.</exception>
    public string ModelSha256
    {
        get
        {
            if (modelSha256 is null)
            {
                using Occupancy.Hold use = Read();
                modelSha256 = model!.Sha256;
            }

            return modelSha256;
        }
    }

    /// <summary>The version of SamNative that made it; null where another program did.</summary>
    public string? Version { get; internal set; } = EmbeddingMetadata.OwnVersion;

    /// <summary>What the model made of the pictures beside the values.</summary>
    internal IReadOnlyList<EmbeddingTensor> Extras { get; set; } = [];

    /// <summary>Whether the values are a picture's: not while they are written, nor after that failed.</summary>
    internal bool HasValues { get; set; }

    internal float[] Values
    {
        get
        {
            occupancy.ThrowIfDisposed();
            return HasValues
                ? values
                : throw new InvalidOperationException(
                    "This embedding holds no picture: the encode into it failed or was cancelled. Encode again.");
        }
    }

    /// <summary>Writes a safetensors file, whole or not at all. It needs no model, also where that is disposed already.</summary>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="IOException">The file exists and may not be replaced, or the disk fails.</exception>
    /// <exception cref="InvalidOperationException">An encode writes to it, or the last one that did failed.</exception>
    public void Save(string path, bool overwrite = false)
    {
        using Occupancy.Hold use = Read();
        EmbeddingFile.Writer(this).Save(path, overwrite);
    }

    /// <summary>Writes the bytes of that file to a stream.</summary>
    /// <exception cref="InvalidOperationException">An encode writes to it, or the last one that did failed.</exception>
    public void Save(Stream destination)
    {
        using Occupancy.Hold use = Read();
        EmbeddingFile.Writer(this).Save(destination);
    }

    /// <summary>Reads a file that <see cref="Save(string, bool)"/> wrote.</summary>
    /// <param name="limits">What is too large; <see cref="EmbeddingLimits.Default"/> when left out.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="SafetensorsException">It is no valid safetensors file.</exception>
    /// <exception cref="EmbeddingException">It is no embedding within the limits.</exception>
    /// <exception cref="NonFiniteException">It holds NaN or an infinity.</exception>
    public static SamEmbedding Load(string path, EmbeddingLimits? limits = null)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return EmbeddingFile.Read(file, limits ?? EmbeddingLimits.Default);
    }

    /// <summary>Reads the rest of a stream that <see cref="Save(Stream)"/> wrote; the stream stays open.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">What is too large; <see cref="EmbeddingLimits.Default"/> when left out.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="SafetensorsException">It is no valid safetensors file.</exception>
    /// <exception cref="EmbeddingException">It is no embedding within the limits.</exception>
    /// <exception cref="NonFiniteException">It holds NaN or an infinity.</exception>
    public static SamEmbedding Load(Stream source, string? name = null, EmbeddingLimits? limits = null)
    {
        using SafetensorsFile file = SafetensorsFile.Open(source, leaveOpen: true, name);
        return EmbeddingFile.Read(file, limits ?? EmbeddingLimits.Default);
    }

    /// <summary>Reads which model made the embedding in a file, and not the values: quick where there are many.</summary>
    /// <returns>The SHA-256 of the weights' file, lower-case hexadecimal.</returns>
    /// <inheritdoc cref="Load(string, EmbeddingLimits?)" path="/exception"/>
    public static string ReadModelSha256(string path) => EmbeddingFile.ReadModelSha256(path);

    /// <summary>
    /// Checks that a model made this embedding, since prompts to another one would give nonsense, and that it was made
    /// with the arithmetic of this version, which is the same within a minor one: otherwise the same prompt would give
    /// other bytes than on the picture itself. What another program made is taken as it is.
    /// </summary>
    /// <exception cref="EmbeddingException">Another model, or a version with other arithmetic, made it.</exception>
    public void CheckModel(SamModel other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!string.Equals(ModelSha256, other.Sha256, StringComparison.Ordinal))
        {
            throw new EmbeddingException(
                EmbeddingError.OtherModel,
                $"The embedding was made by the model with SHA-256 {Printable.Plain(ModelSha256)}; {other.Name} has "
                + $"{other.Sha256}. Encode the picture again with this model, or load the one that made it.");
        }

        if (Version is not null && MinorVersion(Version) != MinorVersion(EmbeddingMetadata.OwnVersion))
        {
            throw new EmbeddingException(
                EmbeddingError.OtherVersion,
                $"The embedding was made by samnative {Printable.Plain(Version)}, whose arithmetic may differ from that of "
                + $"{EmbeddingMetadata.OwnVersion}: results are the same within a minor version only. Encode the picture again.");
        }
    }

    /// <summary>A version up to the second dot: 0.1 of 0.1.0+commit.</summary>
    private static string MinorVersion(string version) => string.Join('.', version.Split('.').Take(2));

    /// <summary>Releases the values, as soon as the last call that uses them has returned.</summary>
    public void Dispose()
    {
        if (occupancy.Close())
        {
            Free();
        }
    }

    /// <summary>Holds it for reading.</summary>
    internal Occupancy.Hold Read() => occupancy.Read();

    /// <summary>Holds it for writing.</summary>
    internal Occupancy.Hold Write() => occupancy.Write();

    /// <summary>Notes which model fills this embedding.</summary>
    internal void SetMaker(WeightsIdentity maker)
    {
        Extras = [];
        if (model != maker)
        {
            model?.Release();
            model = maker.Share();
            modelSha256 = null;
            Version = EmbeddingMetadata.OwnVersion;
        }
    }

    /// <summary>Notes a picture's sizes; lists of them that were handed out stay as they are.</summary>
    internal void SetSizes(int index, ImageSize original, ImageSize input)
    {
        if (originalSizes[index] != original || inputSizes[index] != input)
        {
            originalSizes = [.. originalSizes];
            inputSizes = [.. inputSizes];
            originalSizes[index] = original;
            inputSizes[index] = input;
        }
    }

    /// <summary>The values of one picture, [Channels, Rows, Columns].</summary>
    internal ReadOnlySpan<float> At(int index) => Part(Values, index);

    /// <summary>Where an encode puts the values of one picture.</summary>
    internal Span<float> Destination(int index) => Part(values, index);

    private Span<float> Part(float[] all, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int length = Channels * Frame.Tokens;
        return all.AsSpan(index * length, length);
    }

    private void Free()
    {
        values = [];
        model?.Release();
        model = null;
    }
}
