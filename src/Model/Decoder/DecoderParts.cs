using SamNative.Kernels;

namespace SamNative;

/// <summary>The weights that answer prompts; a file with the encoder alone has none.</summary>
internal sealed class DecoderParts
{
    public DecoderParts(WeightLoader loader, KernelSet kernels)
    {
        Kernels = kernels;
        Geometry = new DecoderGeometry(loader.Config);
        Prompt = new PromptWeights(loader, Geometry);
        Decoder = new DecoderWeights(loader, Geometry);
    }

    public KernelSet Kernels { get; }

    public DecoderGeometry Geometry { get; }

    public PromptWeights Prompt { get; }

    public DecoderWeights Decoder { get; }
}
