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
    private SamEmbedding? prompted;

    /// <param name="defaults">How everything is found where a request says nothing.</param>
    public Segmenter(SamModel shared, AutomaticMaskOptions defaults, SamNativeWebOptions options)
    {
        model = shared;
        Options = options;
        predictor = shared.CreatePredictor();
        pictures = new ByteCache<KeptPicture>(options.MaxKeptBytes);
        logits = new ByteCache<KeptLogits>(options.MaxKeptBytes / 8);
        EverythingDefaults = defaults;
        Intake = new Intake(options);
        Clicks = new WorkLane(options.MaxWaiting, options.PlacesPerClient);
        Encodes = new WorkLane(options.MaxWaiting, options.PlacesPerClient);
    }

    public SamNativeWebOptions Options { get; }

    /// <summary>How everything is found where a request says nothing.</summary>
    public AutomaticMaskOptions EverythingDefaults { get; }

    /// <summary>Where requests come in.</summary>
    public Intake Intake { get; }

    /// <summary>The lane of prompts; it has the predictor.</summary>
    public WorkLane Clicks { get; }

    /// <summary>The lane of what takes long.</summary>
    public WorkLane Encodes { get; }

    /// <summary>The bytes of the pictures that are kept.</summary>
    public long KeptBytes => pictures.Bytes;

    /// <summary>How many things were computed.</summary>
    public long Works => Clicks.Works + Encodes.Works;

    /// <summary>Whether something is being computed.</summary>
    public bool IsWorking => Clicks.IsWorking || Encodes.IsWorking;

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
        RequestBody file, WorkLane.Place place, IProgress<SamProgress>? progress, CancellationToken cancellation)
    {
        string content = KeptPicture.ContentOf(file.Content);
        if (!pictures.TryGet(content, out KeptPicture? picture))
        {
            picture = await place.Do(() => Encode(content, file, progress, cancellation), cancellation).ConfigureAwait(false);
        }

        string id = KeptPicture.NewId();
        contents.Add(id, content, 1);
        return PictureReply.Of(id, picture);
    }

    /// <summary>Answers a prompt.</summary>
    /// <param name="place">A place in <see cref="Clicks"/>.</param>
    public Task<PredictReply> Predict(PredictRequest request, WorkLane.Place place, CancellationToken cancellation)
    {
        KeptPicture picture = Find(request.Id);
        SamPrompt prompt = request.ToPrompt(Previous(request, picture));
        bool multimask = request.Multimask ?? prompt.IsAmbiguous;
        return place.Do(() => Answer(picture, prompt, multimask, request, cancellation), cancellation);
    }

    /// <summary>Finds the masks of a picture without being asked for any.</summary>
    /// <param name="place">A place in <see cref="Encodes"/>.</param>
    /// <exception cref="MaskLimitException">The masks take too much memory.</exception>
    public Task<IReadOnlyList<AutomaticMask>> FindEverything(
        KeptPicture picture, AutomaticMaskOptions options, WorkLane.Place place, IProgress<SamProgress>? progress,
        CancellationToken cancellation) => place.Do(
            () =>
            {
                using AutomaticMaskGenerator generator = new(model, options);
                return generator.Generate(picture.Embedding, 0, progress, cancellation);
            },
            cancellation);

    /// <summary>
    /// Lets nobody in any more. What is still computing goes on to its end; whoever waits for a turn is told.
    /// </summary>
    public void Dispose()
    {
        Clicks.Dispose();
        Encodes.Dispose();
        predictor.Dispose();
    }

    private KeptPicture Encode(string content, RequestBody body, IProgress<SamProgress>? progress, CancellationToken cancellation)
    {
        if (pictures.TryGet(content, out KeptPicture? there))
        {
            return there;
        }

        byte[] file = body.TakeBytes();
        DecodedImage pixels = ImageFile.Load(file, "The picture", Options.Limits);
        KeptPicture picture = new(content, file, model.Encode(pixels.View, progress, cancellation))
        {
            Orientation = pixels.Orientation,
            Notes = pixels.Notes,
        };
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
