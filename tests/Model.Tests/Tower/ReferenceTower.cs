using SamNative.Model.Tests.Encoder;
using SamNative.Weights;

namespace SamNative.Model.Tests.Tower;

/// <summary>A visual tower of plain loops behind <see cref="ReferenceEncoder"/>; sums are kept in double.</summary>
internal sealed class ReferenceTower
{
    private const int ResizedSide = 96;

    private readonly TowerCheckpoint checkpoint;
    private readonly TowerConfig config;
    private readonly Frame frame;
    private readonly Dictionary<string, float[]> seen = [];
    private readonly ReferenceEncoder encoder;

    public ReferenceTower(TowerCheckpoint checkpoint)
    {
        this.checkpoint = checkpoint;
        config = checkpoint.Config;
        frame = Frame.Square(config.ImgSize, config.PatchSize);
        encoder = new ReferenceEncoder(checkpoint, frame, (name, values) => seen[name] = values);
    }

    /// <summary>[tokens, channels] of pixel values, [3, side, side].</summary>
    public float[] Run(float[] pixelValues)
    {
        encoder.Run(pixelValues);
        float[] tokens = Tail(Turn(seen["neck.3"], config.OutChans));
        if (!config.SecondPath)
        {
            return tokens;
        }

        float[] second = Tail(encoder.Neck(seen[$"block.{config.GlobalAttnIndexes[0]}"], "neck_hd"));
        float alpha = Weight("alpha")[0];
        return [.. tokens.Zip(second, (first, other) => (float)(first + ((double)alpha * other)))];
    }

    /// <summary>The convolutions on a neck's output, [rows, columns, channels].</summary>
    private float[] Tail(float[] map)
    {
        Frame from = frame;
        if (config.SecondPath)
        {
            map = Resize(map);
            from = new Frame(ResizedSide, ResizedSide, frame.Patch);
        }

        return Convolve(map, from);
    }

    public float[] Convolve(float[] map, Frame from)
    {
        int channels = config.OutChans;
        for (int i = 0; i < config.Widths.Length; i++)
        {
            map = ReferenceEncoder.Convolve(map, from, channels, 3, 2, Weight($"net_{i + 2}.weight"), config.Widths[i]);
            from = new Frame((from.Rows + 1) / 2, (from.Columns + 1) / 2, from.Patch);
            channels = config.Widths[i];
        }

        return map;
    }

    /// <summary>Bilinear, half-pixel centres, the edge repeated.</summary>
    private float[] Resize(float[] map)
    {
        float[] result = new float[ResizedSide * ResizedSide * config.OutChans];
        for (int i = 0; i < result.Length; i++)
        {
            (int token, int channel) = Math.DivRem(i, config.OutChans);
            double y = Math.Max(0, (((token / ResizedSide) + 0.5) * frame.Rows / ResizedSide) - 0.5);
            double x = Math.Max(0, (((token % ResizedSide) + 0.5) * frame.Columns / ResizedSide) - 0.5);
            double At(int row, int column) => map[
                (((Math.Min(row, frame.Rows - 1) * frame.Columns) + Math.Min(column, frame.Columns - 1)) * config.OutChans) + channel];
            (int top, int left) = ((int)y, (int)x);
            (double down, double right) = (y - top, x - left);
            result[i] = (float)(((1 - down) * (((1 - right) * At(top, left)) + (right * At(top, left + 1))))
                + (down * (((1 - right) * At(top + 1, left)) + (right * At(top + 1, left + 1)))));
        }

        return result;
    }

    /// <summary>[channels, tokens] as [tokens, channels].</summary>
    public static float[] Turn(ReadOnlySpan<float> map, int channels)
    {
        float[] tokens = new float[map.Length];
        for (int i = 0; i < map.Length; i++)
        {
            tokens[(i % (map.Length / channels) * channels) + (i / (map.Length / channels))] = map[i];
        }

        return tokens;
    }

    private float[] Weight(string name)
    {
        float[] values = new float[checkpoint.Find(name).ElementCount];
        checkpoint.Read(name, values);
        return values;
    }
}
