using SamNative.Weights;

namespace SamNative;

/// <summary>The packed weights of a visual tower, but for what depends on the frame.</summary>
internal sealed class TowerWeights
{
    public TowerWeights(WeightLoader loader, VitGeometry g, TowerConfig config)
    {
        Vit = new VitWeights(loader, g);
        Convolutions = new Convolution[config.Widths.Length];
        int channels = config.OutChans;
        for (int i = 0; i < Convolutions.Length; i++)
        {
            Convolutions[i] = new Convolution(loader, TowerNaming.Convolutions[i], channels, config.Widths[i]);
            channels = config.Widths[i];
        }

        if (config.SecondPath)
        {
            SecondNeck = new NeckWeights(loader, $"{TowerNaming.SecondNeck}.", g.Width, config.OutChans);
            Alpha = loader.Read(TowerNaming.Alpha)[0];
        }
    }

    public VitWeights Vit { get; }

    /// <summary>The convolutions of stride 2 behind the neck.</summary>
    public Convolution[] Convolutions { get; }

    /// <summary>The neck of the second path; null where there is none.</summary>
    public NeckWeights? SecondNeck { get; }

    /// <summary>What the second path is multiplied by.</summary>
    public float Alpha { get; }
}
