using SamNative.Imaging;

namespace SamNative.Bench;

/// <summary>Automatic masks of a picture: 1,024 points, both score filters off, so that every mask is scored and boxed.</summary>
internal sealed class OurMasks(string model, string input, int threads) : IEngine
{
    /// <summary>The encode alone.</summary>
    public const int Encode = 0;

    /// <summary>The masks: only those are coded that suppression may keep.</summary>
    public const int Masks = 1;

    /// <summary>The same with all masks coded, those let go that suppression takes out.</summary>
    public const int AllCoded = 2;

    /// <summary>Points per side of the grid.</summary>
    public const int PointsPerSide = 32;

    private readonly DecodedImage picture = ImageFile.Load(input);
    private SamModel? sam;
    private SamEmbedding? embedding;
    private AutomaticMaskGenerator? generator;

    public string Description => Versions.Describe(sam!.Isa, sam.Threads);

    public void Load() => sam = SamModel.Load(model, new SamOptions { Threads = threads, DeferDecoder = true });

    public void Run(int item)
    {
        if (item == Encode)
        {
            embedding?.Dispose();
            embedding = sam!.Encode(picture.View);
            return;
        }

        generator ??= new AutomaticMaskGenerator(sam!, new AutomaticMaskOptions
        {
            PointsPerSide = PointsPerSide,
            PredIouThresh = 0,
            StabilityScoreThresh = 0,
        });
        generator.CodesAll = item == AllCoded;
        generator.Generate(picture.View);
    }

    public ReadOnlySpan<float> Output(int item) => embedding!.Values;

    public void Dispose()
    {
        generator?.Dispose();
        embedding?.Dispose();
        sam?.Dispose();
    }
}
