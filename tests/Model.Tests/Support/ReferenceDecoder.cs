using SamNative.Weights;

namespace SamNative.Model.Tests;

/// <summary>
/// Prompt encoder and mask decoder without fusion, tiles or vectors, in double: plain loops over the checkpoint's own
/// tensors (segment_anything/modeling/prompt_encoder.py, transformer.py, mask_decoder.py), for a frame of any shape. A matrix
/// is an array of rows.
/// </summary>
internal sealed class ReferenceDecoder(SamCheckpoint checkpoint, Frame frame)
{
    private readonly SamConfig config = checkpoint.Config;
    private readonly Dictionary<string, double[]> weights = [];

    private int Width => config.PromptEmbedDim;

    /// <summary>Answers a prompt whose coordinates are pixels of the frame.</summary>
    /// <param name="embedding">[Width, Rows, Columns].</param>
    /// <returns>The logits of all four masks, [4, 4 Rows, 4 Columns], and their predicted IoU.</returns>
    public (double[][] Logits, double[] Scores) Run(ReadOnlySpan<float> embedding, SamPrompt prompt)
    {
        double[][] tokens = Tokens(prompt);
        double[][] positions = Positions();
        double[][] image = Add(Channels(embedding), Dense(prompt.MaskLogits.Span));
        double[][] queries = tokens;
        for (int layer = 0; layer < 2; layer++)
        {
            string name = $"mask_decoder.transformer.layers.{layer}.";
            double[][] self = layer == 0
                ? Attention(queries, queries, queries, name + "self_attn")
                : Add(queries, Attention(Add(queries, tokens), Add(queries, tokens), queries, name + "self_attn"));
            queries = Norm(self, name + "norm1", 1e-5);
            queries = Norm(
                Add(queries, Attention(Add(queries, tokens), Add(image, positions), image, name + "cross_attn_token_to_image")),
                name + "norm2", 1e-5);
            double[][] hidden = Map(Linear(queries, name + "mlp.lin1"), x => Math.Max(0, x));
            queries = Norm(Add(queries, Linear(hidden, name + "mlp.lin2")), name + "norm3", 1e-5);
            image = Norm(
                Add(image, Attention(Add(image, positions), Add(queries, tokens), queries, name + "cross_attn_image_to_token")),
                name + "norm4", 1e-5);
        }

        const string Final = "mask_decoder.transformer.";
        queries = Norm(
            Add(queries, Attention(Add(queries, tokens), Add(image, positions), image, Final + "final_attn_token_to_image")),
            Final + "norm_final_attn", 1e-5);
        double[][] pixels = Upscale(image);
        double[][] logits = new double[4][];
        for (int mask = 0; mask < logits.Length; mask++)
        {
            double[] vector = Mlp(queries[1 + mask], $"mask_decoder.output_hypernetworks_mlps.{mask}");
            logits[mask] = [.. pixels.Select(pixel => Dot(pixel, vector))];
        }

        return (logits, Mlp(queries[0], "mask_decoder.iou_prediction_head"));
    }

    /// <summary>The position encoding of every image token, as fractions of the square that the frame was cut from.</summary>
    public double[][] Positions()
    {
        double[][] rows = new double[frame.Tokens][];
        double side = Math.Max(frame.Rows, frame.Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, frame.Columns);
            rows[i] = Encode((x + 0.5) / side, (y + 0.5) / side);
        }

        return rows;
    }

    private double[][] Tokens(SamPrompt prompt)
    {
        List<double[]> tokens = [.. Rows("mask_decoder.iou_token.weight"), .. Rows("mask_decoder.mask_tokens.weight")];
        foreach (SamPoint point in prompt.Points)
        {
            tokens.Add(point.Label == PointLabel.Ignore
                ? Weight("prompt_encoder.not_a_point_embed.weight")
                : Position(point.X, point.Y, (int)point.Label));
        }

        if (prompt.Box is { } box)
        {
            tokens.Add(Position(box.X0, box.Y0, 2));
            tokens.Add(Position(box.X1, box.Y1, 3));
        }
        else if (prompt.Points.Count > 0)
        {
            tokens.Add(Weight("prompt_encoder.not_a_point_embed.weight"));
        }

        return [.. tokens];

        double[] Position(double x, double y, int kind)
        {
            double side = Math.Max(frame.Height, frame.Width);
            return Sum(Encode((x + 0.5) / side, (y + 0.5) / side), Weight($"prompt_encoder.point_embeddings.{kind}.weight"));
        }
    }

    /// <summary>The embedding of a mask prompt, a row per image token, or that of none.</summary>
    private double[][] Dense(ReadOnlySpan<float> logits)
    {
        const string Name = "prompt_encoder.mask_downscaling.";
        if (logits.IsEmpty)
        {
            return [.. Enumerable.Repeat(Weight("prompt_encoder.no_mask_embed.weight"), frame.Tokens)];
        }

        double[][] values = [.. logits.ToArray().Select(value => new[] { (double)value })];
        values = Map(Norm(Halve(values, 4 * frame.Columns, Name + "0"), Name + "1", 1e-6), Gelu);
        values = Map(Norm(Halve(values, 2 * frame.Columns, Name + "3"), Name + "4", 1e-6), Gelu);
        return Linear(values, Name + "6");
    }

    /// <summary>A 2 x 2 convolution of stride 2 over rows of so many columns.</summary>
    private double[][] Halve(double[][] source, int columns, string name)
    {
        List<double[]> patches = [];
        for (int y = 0; y < source.Length / columns; y += 2)
        {
            for (int x = 0; x < columns; x += 2)
            {
                int at = (y * columns) + x;
                double[][] corners = [source[at], source[at + 1], source[at + columns], source[at + columns + 1]];
                patches.Add([.. from channel in Enumerable.Range(0, source[0].Length) from corner in corners select corner[channel]]);
            }
        }

        return Linear([.. patches], name);
    }

    /// <summary>Image tokens become pixels of the low-resolution masks, row by row.</summary>
    private double[][] Upscale(double[][] image)
    {
        const string Name = "mask_decoder.output_upscaling.";
        double[][] half = Map(Norm(Double(image, frame.Columns, Name + "0"), Name + "1", 1e-6), Gelu);
        return Map(Double(half, 2 * frame.Columns, Name + "3"), Gelu);
    }

    /// <summary>A transposed 2 x 2 convolution of stride 2 over rows of so many columns.</summary>
    private double[][] Double(double[][] source, int columns, string name)
    {
        double[] weight = Weight(name + ".weight"), bias = Weight(name + ".bias");
        double[][] result = new double[4 * source.Length][];
        for (int i = 0; i < result.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, 2 * columns);
            double[] from = source[(y / 2 * columns) + (x / 2)];
            int tap = (2 * (y % 2)) + (x % 2);
            result[i] = [.. bias];
            for (int c = 0; c < from.Length; c++)
            {
                for (int o = 0; o < bias.Length; o++)
                {
                    result[i][o] += from[c] * weight[(((c * bias.Length) + o) * 4) + tap];
                }
            }
        }

        return result;
    }

    private double[][] Attention(double[][] queries, double[][] keys, double[][] values, string name)
    {
        double[][] q = Linear(queries, name + ".q_proj"), k = Linear(keys, name + ".k_proj"), v = Linear(values, name + ".v_proj");
        int inner = q[0].Length, head = inner / config.DecoderHeads;
        double[][] attended = [.. queries.Select(_ => new double[inner])];
        for (int start = 0; start < inner; start += head)
        {
            for (int row = 0; row < q.Length; row++)
            {
                double[] logits = [.. k.Select(key => Dot(q[row].AsSpan(start, head), key.AsSpan(start, head)) / Math.Sqrt(head))];
                double largest = logits.Max();
                double[] shares = [.. logits.Select(logit => Math.Exp(logit - largest))];
                double sum = shares.Sum();
                for (int key = 0; key < v.Length; key++)
                {
                    for (int c = start; c < start + head; c++)
                    {
                        attended[row][c] += shares[key] / sum * v[key][c];
                    }
                }
            }
        }

        return Linear(attended, name + ".out_proj");
    }

    private double[] Mlp(double[] row, string name)
    {
        double[][] x = [row];
        x = Map(Linear(x, name + ".layers.0"), value => Math.Max(0, value));
        x = Map(Linear(x, name + ".layers.1"), value => Math.Max(0, value));
        return Linear(x, name + ".layers.2")[0];
    }

    /// <summary>A position's Fourier features: sines, then cosines.</summary>
    private double[] Encode(double x, double y)
    {
        double[] g = Weight("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix");
        int half = Width / 2;
        double[] angles = new double[half];
        for (int i = 0; i < half; i++)
        {
            angles[i] = 2 * Math.PI * ((((2 * x) - 1) * g[i]) + (((2 * y) - 1) * g[half + i]));
        }

        return [.. angles.Select(Math.Sin), .. angles.Select(Math.Cos)];
    }

    private double[][] Linear(double[][] rows, string name)
    {
        double[] weight = Weight(name + ".weight"), bias = Weight(name + ".bias");
        int inputs = rows[0].Length;
        return
        [
            .. rows.AsParallel().AsOrdered().Select(
                row => bias.Select((b, o) => b + Dot(row, weight.AsSpan(o * inputs, inputs))).ToArray()),
        ];
    }

    private double[][] Norm(double[][] rows, string name, double epsilon)
    {
        double[] weight = Weight(name + ".weight"), bias = Weight(name + ".bias");
        return
        [
            .. rows.Select(row =>
            {
                double mean = row.Average();
                double deviation = Math.Sqrt(row.Average(x => (x - mean) * (x - mean)) + epsilon);
                return row.Select((x, c) => ((x - mean) / deviation * weight[c]) + bias[c]).ToArray();
            }),
        ];
    }

    private double[][] Channels(ReadOnlySpan<float> embedding)
    {
        double[][] rows = new double[frame.Tokens][];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new double[Width];
            for (int c = 0; c < Width; c++)
            {
                rows[i][c] = embedding[(c * frame.Tokens) + i];
            }
        }

        return rows;
    }

    private double[][] Rows(string name) => [.. Weight(name).Chunk(Width)];

    private double[] Weight(string name)
    {
        if (!weights.TryGetValue(name, out double[]? values))
        {
            TensorInfo tensor = checkpoint.Find(name);
            float[] read = new float[tensor.ElementCount];
            checkpoint.ReadSlice(name, 0, read);
            weights[name] = values = [.. read.Select(value => (double)value)];
        }

        return values;
    }

    private static double Gelu(double x) => x / 2 * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>The Maclaurin series where it converges quickly, the continued fraction of erfc beyond.</summary>
    private static double Erf(double x)
    {
        double square = x * x;
        if (square > 9)
        {
            double fraction = 0;
            for (int n = 60; n > 0; n--)
            {
                fraction = n / 2.0 / (Math.Abs(x) + fraction);
            }

            return Math.Sign(x) * (1 - (Math.Exp(-square) / Math.Sqrt(Math.PI) / (Math.Abs(x) + fraction)));
        }

        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18; n++)
        {
            term *= -square / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static double[][] Map(double[][] rows, Func<double, double> f) => [.. rows.Select(row => row.Select(f).ToArray())];

    private static double[][] Add(double[][] a, double[][] b) => [.. a.Select((row, i) => Sum(row, b[i]))];

    private static double[] Sum(double[] a, double[] b) => [.. a.Select((value, i) => value + b[i])];

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
