using System.Numerics.Tensors;

namespace SamNative.Bench;

/// <summary>Our encoder, from a safetensors file, on pixel values that are ready.</summary>
/// <param name="plain">Without Strassen's algorithm.</param>
internal sealed class OurEncoder(string model, string input, int threads, bool plain) : IEngine
{
    private readonly float[] pixels = FloatFile.Read(input);
    private SamModel? sam;
    private SamEmbedding? embedding;

    public string Description =>
        Versions.Describe(sam!.Isa, sam.Threads) + (plain ? ", plain products" : string.Empty);

    // The peer has the encoder alone.
    public void Load() =>
        sam = SamModel.Load(model, new SamOptions { Threads = threads, DeferDecoder = true, Plain = plain });

    public void Run(int item)
    {
        int side = sam!.Config.ImgSize;
        embedding?.Dispose();
        embedding = sam.EncodePixelValues(new ReadOnlyTensorSpan<float>(pixels, [1, 3, side, side]));
    }

    public ReadOnlySpan<float> Output(int item) => embedding!.Values;

    public void Dispose()
    {
        embedding?.Dispose();
        sam?.Dispose();
    }
}
