using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SamNative.Imaging;

namespace SamNative.Web;

/// <summary>
/// The model, and what visitors left with it: pictures, and masks that may be refined. Encoding takes seconds and has a
/// lane of its own, so that the clicks of others do not wait behind it.
/// </summary>
internal sealed class Segmenter : IDisposable
{
    /// <summary>How many ids are remembered; as with pictures, those that were not used for longest go first.</summary>
    private const int MaxIds = 1 << 16;

    private readonly SamModel model;
    private readonly SamPredictor predictor;
    private readonly SamPrediction prediction = new();
    private readonly ByteCache<string> contents = new(MaxIds);
    private readonly ByteCache<KeptPicture> pictures;
    private readonly ByteCache<KeptLogits> logits;
    private readonly WorkLane clicks;
    private SamEmbedding? prompted;

    public Segmenter(SamModel shared, SamNativeWebOptions options)
    {
        model = shared;
        Options = options;
        predictor = shared.CreatePredictor();
        pictures = new ByteCache<KeptPicture>(options.MaxKeptBytes);
        logits = new ByteCache<KeptLogits>(options.MaxKeptBytes / 8);
        clicks = new WorkLane(options.MaxWaiting);
        Encodes = new WorkLane(options.MaxWaiting);
    }

    public SamNativeWebOptions Options { get; }

    /// <summary>The lane of what takes long.</summary>
    public WorkLane Encodes { get; }

    /// <summary>The bytes of the pictures that are kept.</summary>
    public long KeptBytes => pictures.Bytes;

    /// <summary>The model's name for visitors.</summary>
    public string ModelName => Options.ModelName ?? Path.GetFileName(model.Name);

    /// <summary>The picture of an id.</summary>
    /// <exception cref="WebProblemException">It was never uploaded, or is forgotten.</exception>
    public KeptPicture Find(string? id) =>
        contents.TryGet(id ?? string.Empty, out string? content) && pictures.TryGet(content, out KeptPicture? picture)
            ? picture
            : throw WebProblemException.UnknownPicture();

    /// <summary>Encodes a picture, unless it is there already, and gives it a new id.</summary>
    /// <param name="place">A place in <see cref="Encodes"/>.</param>
    public async Task<PictureReply> Add(
        byte[] file, WorkLane.Place place, IProgress<SamProgress>? progress, CancellationToken cancellation)
    {
        string content = KeptPicture.ContentOf(file);
        if (!pictures.TryGet(content, out KeptPicture? picture))
        {
            picture = await place.Do(() => Encode(content, file, progress, cancellation), cancellation).ConfigureAwait(false);
        }

        string id = KeptPicture.NewId();
        contents.Add(id, content, 1);
        return new PictureReply(id, picture.Width, picture.Height);
    }

    /// <summary>Answers a prompt.</summary>
    public async Task<PredictReply> Predict(PredictRequest request, CancellationToken cancellation)
    {
        KeptPicture picture = Find(request.Id);
        SamPrompt prompt = request.ToPrompt(Previous(request, picture));
        bool multimask = request.Multimask ?? MayMeanSeveralThings(prompt);
        using WorkLane.Place place = clicks.Enter();
        return await place.Do(() => Answer(picture, prompt, multimask, request, cancellation), cancellation)
            .ConfigureAwait(false);
    }

    /// <summary>Finds the masks of a picture without being asked for any.</summary>
    /// <param name="id">The client's name of the picture.</param>
    /// <param name="place">A place in <see cref="Encodes"/>.</param>
    public Task<EverythingReply> FindEverything(
        string id, KeptPicture picture, AutomaticMaskOptions options, WorkLane.Place place, IProgress<SamProgress>? progress,
        CancellationToken cancellation) => place.Do(
            () =>
            {
                using AutomaticMaskGenerator generator = new(model, options);
                IReadOnlyList<AutomaticMask> masks = generator.Generate(picture.Embedding, 0, progress, cancellation);
                return new EverythingReply(
                    id, picture.Width, picture.Height, [.. masks.Select(MaskReply.Of)]);
            },
            cancellation);

    public void Dispose()
    {
        predictor.Dispose();
        clicks.Dispose();
        Encodes.Dispose();
    }

    /// <summary>As in the program: a click alone may mean a thing, a part of it or what it belongs to.</summary>
    private static bool MayMeanSeveralThings(SamPrompt prompt) =>
        prompt is { Points.Count: 1, Box: null, MaskLogits.IsEmpty: true };

    private KeptPicture Encode(string content, byte[] file, IProgress<SamProgress>? progress, CancellationToken cancellation)
    {
        if (pictures.TryGet(content, out KeptPicture? there))
        {
            return there;
        }

        DecodedImage pixels = ImageFile.Load(file, "The picture", Options.Limits);
        KeptPicture picture = new(content, file, model.Encode(pixels.View, progress, cancellation));
        pictures.Add(content, picture, picture.Bytes);
        return picture;
    }

    private PredictReply Answer(
        KeptPicture picture, SamPrompt prompt, bool multimask, PredictRequest request, CancellationToken cancellation)
    {
        if (prompted != picture.Embedding)
        {
            prompted = null;
            predictor.SetEmbedding(picture.Embedding);
            prompted = picture.Embedding;
        }

        predictor.Predict(prompt, prediction, multimask, cancellation);
        MaskReply[] masks = new MaskReply[prediction.Masks.Count];
        for (int i = 0; i < masks.Length; i++)
        {
            masks[i] = MaskReply.Of(prediction.Masks[i], prediction.Scores[i], request.Format) with
            {
                Token = request.Refine == true ? Keep(picture, prediction.LowResLogitsOf(i).Span) : null,
            };
        }

        return new PredictReply(request.Id, picture.Width, picture.Height, prediction.Best, masks);
    }

    private ReadOnlyMemory<float> Previous(PredictRequest request, KeptPicture picture)
    {
        if (request.Previous is not { } token)
        {
            return default;
        }

        return logits.TryGet(token, out KeptLogits? kept) && kept.Content == picture.Content
            ? kept.Values
            : throw WebProblemException.UnknownToken();
    }

    private string Keep(KeptPicture picture, ReadOnlySpan<float> values)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Convert.FromHexString(picture.Content));
        hash.AppendData(MemoryMarshal.AsBytes(values));
        string token = Convert.ToHexStringLower(hash.GetHashAndReset());
        logits.Add(token, new KeptLogits(picture.Content, values.ToArray()), values.Length * sizeof(float));
        return token;
    }
}
