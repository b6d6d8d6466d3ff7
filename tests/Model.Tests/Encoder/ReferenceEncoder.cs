using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative.Model.Tests.Encoder;

/// <summary>
/// The encoder without fusion, tiles or vectors: plain loops over the checkpoint's own tensors, every tensor of the
/// original's graph made whole and handed out by name. It shares no arithmetic with the kernels (sums are kept in double)
/// and is the specification that the fused plan is tested against. Slow: for tests and small models.
/// </summary>
/// <param name="frame">The checkpoint's square, or what is left of it when rows and columns at its end are cut off.</param>
internal sealed class ReferenceEncoder(ModelCheckpoint checkpoint, Frame frame, Action<string, float[]> emit)
{
    private const string Prefix = "image_encoder.";
    private readonly VitConfig config = (VitConfig)checkpoint.Config;
    private readonly VitGeometry g =
        VitGeometry.Square((VitConfig)checkpoint.Config, ((VitConfig)checkpoint.Config).ImgSize, plain: true).On(frame);

    /// <summary>Encodes [3, height, width] pixel values; emits pixel_values, patch_embed, block.N…, neck.N and embedding.</summary>
    public void Run(float[] pixelValues)
    {
        emit("pixel_values", pixelValues);
        float[] x = PatchEmbed(pixelValues);
        for (int i = 0; i < config.Depth; i++)
        {
            x = Block(x, i);
        }

        emit("embedding", ChannelsFirst(Neck(x, Prefix + "neck")));
    }

    private float[] Block(float[] x, int i)
    {
        string block = $"{Prefix}blocks.{i}.";
        string name = $"block.{i}";
        float[] normed = LayerNorm(x, g.Width, block + "norm1");
        emit(name + ".norm1", normed);
        float[] qkv = Linear(Partition(normed, i), g.Width, 3 * g.Width, block + "attn.qkv");
        emit(name + ".qkv", qkv);
        float[] projected = Linear(Attention(qkv, block + "attn.", Window(i)), g.Width, g.Width, block + "attn.proj");
        emit(name + ".attn_windows", projected);
        x = Add(x, Unpartition(projected, i));
        float[] mlp = Mlp(LayerNorm(x, g.Width, block + "norm2"), block + "mlp.");
        emit(name + ".mlp", mlp);
        x = Add(x, mlp);
        emit(name, x);
        return x;
    }

    /// <summary>The rows and columns of the windows of a block; those of the frame where it attends to all.</summary>
    private AttentionHead Window(int block) => g.Head(config.IsGlobal(block));

    private float[] PatchEmbed(float[] pixels)
    {
        int patch = config.PatchSize;
        float[] patches = new float[frame.Tokens * 3 * patch * patch];
        for (int i = 0, to = 0; i < frame.Tokens; i++)
        {
            (int ty, int tx) = Math.DivRem(i, frame.Columns);
            for (int c = 0; c < 3; c++)
            {
                for (int y = 0; y < patch; y++, to += patch)
                {
                    int from = (((c * frame.Height) + (ty * patch) + y) * frame.Width) + (tx * patch);
                    Array.Copy(pixels, from, patches, to, patch);
                }
            }
        }

        float[] embedded = Linear(patches, 3 * patch * patch, g.Width, Prefix + "patch_embed.proj");
        emit("patch_embed", embedded);
        float[] positions = Weight(Prefix + "pos_embed");
        for (int i = 0; i < embedded.Length; i++)
        {
            (int token, int c) = Math.DivRem(i, g.Width);
            (int y, int x) = Math.DivRem(token, frame.Columns);
            embedded[i] += positions[(((y * config.Grid) + x) * g.Width) + c];
        }

        return embedded;
    }

    /// <summary>Tokens as [windows, rows, columns, channels], zeros beyond the frame; a global block is one window.</summary>
    private float[] Partition(float[] tokens, int block)
    {
        AttentionHead window = Window(block);
        int channels = tokens.Length / frame.Tokens;
        int count = Ceiling(frame.Rows, window.Groups) * Ceiling(frame.Columns, window.Width);
        float[] windows = new float[count * window.Groups * window.Width * channels];
        ForEachToken(window, (token, slot) => Array.Copy(tokens, token * channels, windows, slot * channels, channels));
        return windows;
    }

    private float[] Unpartition(float[] windows, int block)
    {
        float[] tokens = new float[frame.Tokens * g.Width];
        ForEachToken(Window(block), (token, slot) => Array.Copy(windows, slot * g.Width, tokens, token * g.Width, g.Width));
        return tokens;
    }

    private void ForEachToken(AttentionHead window, Action<int, int> visit)
    {
        for (int token = 0; token < frame.Tokens; token++)
        {
            (int y, int x) = Math.DivRem(token, frame.Columns);
            int index = ((y / window.Groups) * Ceiling(frame.Columns, window.Width)) + (x / window.Width);
            visit(token, (((index * window.Groups) + (y % window.Groups)) * window.Width) + (x % window.Width));
        }
    }

    private static int Ceiling(int all, int part) => (all + part - 1) / part;

    private float[] Attention(float[] qkv, string name, AttentionHead window)
    {
        float[] heights = Weight(name + "rel_pos_h");
        float[] widths = Weight(name + "rel_pos_w");
        int tokens = window.Groups * window.Width;
        int windows = qkv.Length / (3 * g.Width * tokens);
        float[] result = new float[windows * tokens * g.Width];
        double[] logits = new double[tokens];
        for (int i = 0; i < windows; i++)
        {
            for (int head = 0; head < g.Heads; head++)
            {
                for (int q = 0; q < tokens; q++)
                {
                    Logits(qkv, i * tokens, head, q, window.Width, heights, widths, logits);
                    Softmax(logits);
                    int to = (((i * tokens) + q) * g.Width) + (head * g.HeadDim);
                    for (int d = 0; d < g.HeadDim; d++)
                    {
                        double sum = 0;
                        for (int k = 0; k < tokens; k++)
                        {
                            sum += logits[k] * qkv[Position(i * tokens, k, 2, head) + d];
                        }

                        result[to + d] = (float)sum;
                    }
                }
            }
        }

        return result;
    }

    /// <summary>
    /// q · k / sqrt(d) + q · Rh[qh - kh] + q · Rw[qw - kw], the tables counted from their middle, which is no distance.
    /// </summary>
    private void Logits(float[] qkv, int first, int head, int q, int columns, float[] heights, float[] widths, double[] logits)
    {
        int query = Position(first, q, 0, head);
        double scale = 1 / Math.Sqrt(g.HeadDim);
        for (int k = 0; k < logits.Length; k++)
        {
            int key = Position(first, k, 1, head);
            int height = ((q / columns) - (k / columns) + (heights.Length / g.HeadDim / 2)) * g.HeadDim;
            int width = ((q % columns) - (k % columns) + (widths.Length / g.HeadDim / 2)) * g.HeadDim;
            double sum = 0;
            for (int d = 0; d < g.HeadDim; d++)
            {
                double value = qkv[query + d];
                sum += (value * scale * qkv[key + d]) + (value * heights[height + d]) + (value * widths[width + d]);
            }

            logits[k] = sum;
        }
    }

    private int Position(int first, int token, int part, int head) =>
        ((first + token) * 3 * g.Width) + (part * g.Width) + (head * g.HeadDim);

    private static void Softmax(double[] values)
    {
        double largest = values.Max();
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Exp(values[i] - largest);
            sum += values[i];
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] /= sum;
        }
    }

    private float[] Mlp(float[] x, string name)
    {
        float[] hidden = Linear(x, g.Width, g.Hidden, name + "lin1");
        for (int i = 0; i < hidden.Length; i++)
        {
            hidden[i] = (float)(0.5 * hidden[i] * (1 + ErrorFunction(hidden[i] / Math.Sqrt(2))));
        }

        return Linear(hidden, g.Hidden, g.Width, name + "lin2");
    }

    /// <summary>A whole neck, [rows, columns, channels].</summary>
    /// <param name="name">What it is called in the checkpoint.</param>
    public float[] Neck(float[] x, string name)
    {
        float[] reduced = HalfNeck(x, g.Width, 1, name + ".0", name + ".1");
        return HalfNeck(reduced, config.NeckChannels, 3, name + ".2", name + ".3");
    }

    private float[] HalfNeck(float[] x, int channels, int side, string convolution, string norm)
    {
        float[] result = Convolve(x, frame, channels, side, 1, Weight(convolution + ".weight"), config.NeckChannels);
        emit(convolution.Replace(Prefix, string.Empty, StringComparison.Ordinal), ChannelsFirst(result));
        float[] normed = LayerNorm(result, config.NeckChannels, norm);
        emit(norm.Replace(Prefix, string.Empty, StringComparison.Ordinal), ChannelsFirst(normed));
        return normed;
    }

    /// <summary>A convolution of [rows, columns, channels], padded by half its side, without bias.</summary>
    public static float[] Convolve(float[] x, Frame from, int channels, int side, int stride, float[] weight, int outputs)
    {
        int columns = Ceiling(from.Columns, stride);
        int reach = side / 2;
        float[] result = new float[Ceiling(from.Rows, stride) * columns * outputs];
        for (int i = 0; i < result.Length; i++)
        {
            (int token, int output) = Math.DivRem(i, outputs);
            double sum = 0;
            for (int tap = 0; tap < side * side; tap++)
            {
                int y = (token / columns * stride) + (tap / side) - reach;
                int xx = (token % columns * stride) + (tap % side) - reach;
                if (y >= 0 && y < from.Rows && xx >= 0 && xx < from.Columns)
                {
                    int first = ((y * from.Columns) + xx) * channels;
                    for (int c = 0; c < channels; c++)
                    {
                        sum += (double)x[first + c] * weight[(((output * channels) + c) * side * side) + tap];
                    }
                }
            }

            result[i] = (float)sum;
        }

        return result;
    }

    private float[] Linear(float[] x, int inputs, int outputs, string name)
    {
        float[] weight = Weight(name + ".weight");
        float[] bias = Weight(name + ".bias");
        float[] result = new float[x.Length / inputs * outputs];
        for (int row = 0; row < x.Length / inputs; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double sum = bias[output];
                for (int i = 0; i < inputs; i++)
                {
                    sum += (double)x[(row * inputs) + i] * weight[(output * inputs) + i];
                }

                result[(row * outputs) + output] = (float)sum;
            }
        }

        return result;
    }

    private float[] LayerNorm(float[] x, int channels, string name)
    {
        float[] gamma = Weight(name + ".weight");
        float[] beta = Weight(name + ".bias");
        float[] result = new float[x.Length];
        for (int row = 0; row < x.Length; row += channels)
        {
            ReadOnlySpan<float> values = x.AsSpan(row, channels);
            double mean = 0;
            double variance = 0;
            foreach (float value in values)
            {
                mean += value / (double)channels;
            }

            foreach (float value in values)
            {
                variance += (value - mean) * (value - mean) / channels;
            }

            for (int c = 0; c < channels; c++)
            {
                result[row + c] = (float)(((values[c] - mean) / Math.Sqrt(variance + 1e-6) * gamma[c]) + beta[c]);
            }
        }

        return result;
    }

    private float[] ChannelsFirst(float[] tokens)
    {
        int channels = tokens.Length / frame.Tokens;
        float[] result = new float[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            (int token, int c) = Math.DivRem(i, channels);
            result[(c * frame.Tokens) + token] = tokens[i];
        }

        return result;
    }

    private static float[] Add(float[] left, float[] right)
    {
        float[] sum = new float[left.Length];
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] = left[i] + right[i];
        }

        return sum;
    }

    private float[] Weight(string name)
    {
        float[] values = new float[checkpoint.Find(name).ElementCount];
        checkpoint.Read(name, values);
        return values;
    }

    /// <summary>
    /// erf in double (Abramowitz and Stegun 7.1.6, and the continued fraction 7.1.14 of erfc beyond 2.5); good to 1e-15.
    /// </summary>
    internal static double ErrorFunction(double x)
    {
        double a = Math.Abs(x);
        double result;
        if (a < 2.5)
        {
            double term = a;
            result = a;
            for (int n = 1; Math.Abs(term) > 1e-17 * result; n++)
            {
                term *= 2 * a * a / ((2 * n) + 1);
                result += term;
            }

            result *= 2 / Math.Sqrt(Math.PI) * Math.Exp(-a * a);
        }
        else
        {
            double fraction = 0;
            for (int n = 60; n > 0; n--)
            {
                fraction = n / 2.0 / (a + fraction);
            }

            result = 1 - (Math.Exp(-a * a) / (Math.Sqrt(Math.PI) * (a + fraction)));
        }

        return double.IsNegative(x) ? -result : result;
    }
}
