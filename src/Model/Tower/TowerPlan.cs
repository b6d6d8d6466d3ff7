using SamNative.Weights;

namespace SamNative;

/// <summary>
/// A visual tower: SAM's transformer and neck, then one or two 3 x 3 convolutions of stride 2 (Vary's image_encoder.py, and
/// for the second path DeepSeek-VL's sam.py).
/// </summary>
internal static class TowerPlan
{
    /// <summary>The side of the map between neck and convolutions, where there are two paths.</summary>
    private const int ResizedSide = 96;

    /// <param name="parts">Null for a plan to look at.</param>
    /// <param name="weights">Null for a plan to look at.</param>
    public static EncoderPlan Create(VitGeometry g, TowerConfig config, VitParts? parts, TowerWeights? weights)
    {
        VitSteps steps = new(g, parts);
        int split = config.SecondPath ? config.GlobalAttnIndexes[0] + 1 : 0;
        steps.Embed();
        steps.Blocks(0, split);
        ActivationMap? second = config.SecondPath
            ? Tail(steps, config, TowerNaming.SecondNeck, "hd.", weights?.SecondNeck, weights)
            : null;
        steps.Blocks(split, config.Depth);
        ActivationMap result = Tail(steps, config, "neck", string.Empty, weights?.Vit.Neck, weights);
        if (second is not null)
        {
            steps.Add(TowerNaming.Alpha, result, second, weights?.Alpha ?? 0);
        }

        return steps.End(result, ResultLayout.Tokens, config.Layout().Sum(tensor => tensor.ElementCount));
    }

    /// <summary>What follows a block whose output is taken: neck and convolutions.</summary>
    /// <param name="path">In front of the names of steps that both paths have.</param>
    private static ActivationMap Tail(
        VitSteps steps, TowerConfig config, string neck, string path, NeckWeights? neckWeights, TowerWeights? weights)
    {
        ActivationMap map = steps.Neck(neck, neckWeights);
        if (config.SecondPath)
        {
            map = steps.Resize($"{path}resize", map, ResizedSide);
        }

        for (int i = 0; i < config.Widths.Length; i++)
        {
            map = steps.Halve($"{path}net_{i + 2}", map, config.Widths[i], weights?.Convolutions[i]);
        }

        return map;
    }
}
