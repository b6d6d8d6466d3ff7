namespace SamNative.Kernels.Tests;

/// <summary>Tiles of the online softmax in base 2, from a fresh state and from one that saw keys before.</summary>
internal static unsafe class SoftmaxCases
{
    private static readonly int[] widths = [1, 5, 14, 15, 16, 17, 25, 32, 33, 64];
    private static readonly int[] groupCounts = [1, 2, 3, 5];

    /// <summary>What the logits are.</summary>
    private enum Logits
    {
        Moderate,

        /// <summary>Up to what softmax of 88 in base e needs: most probabilities vanish.</summary>
        Wide,

        /// <summary>Zeros of both signs, denormals, halves, -88 and minus infinity.</summary>
        Special,
    }

    public static IEnumerable<KernelCase> Tiles()
    {
        Random random = new(6);
        foreach (int width in widths)
        {
            foreach (int groups in groupCounts)
            {
                foreach (Logits content in Enum.GetValues<Logits>())
                {
                    int rows = (width + groups) % 4;
                    yield return Tile(random, content, rows, groups, width, slack: 0, fresh: true);
                    yield return Tile(random, content, rows, groups, width, slack: 5, fresh: true);
                    yield return Tile(random, content, rows, groups, width, slack: 16, fresh: false);
                }
            }
        }
    }

    public static IEnumerable<KernelCase> Reciprocals()
    {
        Random random = new(7);
        for (int rows = 0; rows < 20; rows++)
        {
            yield return Reciprocal(random, rows);
        }
    }

    private static KernelCase Reciprocal(Random random, int rows)
    {
        float[] sums = Values.Vector(random, Fill.Random, rows * 16);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = MathF.Abs(sums[i]) * (i % 7 == 0 ? 1e-37f : 100f);
        }

        return new(
            $"{rows} rows",
            [sums, new float[rows]],
            (kernel, at) => ((ReciprocalSumsKernel)kernel.Function)(at.Floats(0), rows, at.Floats(1)),
            results =>
            {
                for (int r = 0; r < rows; r++)
                {
                    double expected = 1 / sums.Skip(r * 16).Take(16).Sum(value => (double)value);
                    Ulp.Near(expected, ((float[])results[1])[r], 6 * Ulp.Unit * expected, "reciprocal", r);
                }
            });
    }

    private static KernelCase Tile(
        Random random, Logits content, int rows, int groups, int width, int slack, bool fresh)
    {
        int lanes = (width + 15) / 16 * 16;
        int ldl = (groups * lanes) + slack;
        float[] logits = Values.Matrix(random, Fill.Random, rows, groups * lanes, ldl);
        for (int i = 0; i < rows * groups * lanes; i++)
        {
            int lane = i % lanes;
            logits[(i / (groups * lanes) * ldl) + (i % (groups * lanes))] =
                lane < width ? Logit(random, content, first: i % (groups * lanes) == 0) : SoftmaxTile.MaskedLogit;
        }

        float[] largest = Largest(logits, ldl, rows, groups * lanes);
        float[] shift = new float[rows];
        float[] sums = fresh ? new float[rows * 16] : Values.Vector(random, Fill.Random, rows * 16);
        for (int r = 0; r < rows; r++)
        {
            shift[r] = fresh ? SoftmaxTile.NoShift : random.Next(-150, 150);
        }

        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = MathF.Abs(sums[i]) * 10;
        }

        return new(
            $"{rows} rows, {groups} groups of {width}, slack {slack}, {content}, fresh {fresh}",
            [logits, shift, sums, new float[rows], largest],
            (kernel, at) => ((SoftmaxTileKernel)kernel.Function)(
                at.Floats(0), ldl, at.Floats(4), rows, groups, width, lanes, at.Floats(1), at.Floats(2), at.Floats(3)),
            results =>
            {
                for (int r = 0; r < rows; r++)
                {
                    Check(Real(r), width, shift[r], sums.AsSpan(r * 16, 16), results, r, ldl);
                }

                foreach (float lane in (float[])results[4])
                {
                    Ulp.Same(SoftmaxTile.MaskedLogit, lane, "largest for the next tile", 0);
                }
            })
        {
            Blank = results => Blank(results, rows, groups * width, groups * lanes, ldl),
        };

        double[] Real(int row)
        {
            double[] x = new double[groups * width];
            for (int i = 0; i < x.Length; i++)
            {
                x[i] = logits[(row * ldl) + (i / width * lanes) + (i % width)];
            }

            return x;
        }
    }

    /// <summary>[rows, 16]: the largest of each lane.</summary>
    private static float[] Largest(float[] logits, int ldl, int rows, int lanes)
    {
        float[] largest = new float[rows * 16];
        Array.Fill(largest, SoftmaxTile.MaskedLogit);
        for (int i = 0; i < rows * lanes; i++)
        {
            ref float lane = ref largest[(i / lanes * 16) + (i % lanes % 16)];
            lane = Math.Max(lane, logits[(i / lanes * ldl) + (i % lanes)]);
        }

        return largest;
    }

    private static float Logit(Random random, Logits content, bool first) => content switch
    {
        Logits.Wide => ((random.NextSingle() * 2) - 1) * 127,
        Logits.Special when !first => random.Next(8) switch
        {
            0 => 0f,
            1 => -0f,
            2 => float.Epsilon,
            3 => -1e-40f,
            4 => random.Next(-6, 6) + 0.5f,
            5 => -88f,
            6 => float.NegativeInfinity,
            _ => -125f - random.Next(3),
        },
        _ => ((random.NextSingle() * 2) - 1) * 10,
    };

    /// <summary>
    /// Undefined: what follows the probabilities in a row. The sign of a shift of zero is of no consequence: shifts are
    /// only subtracted, and zeros of both signs give the same power.
    /// </summary>
    private static void Blank(Array[] results, int rows, int keys, int written, int ldl)
    {
        float[] shift = (float[])results[1];
        for (int r = 0; r < rows; r++)
        {
            ((float[])results[0]).AsSpan((r * ldl) + keys, written - keys).Clear();
            shift[r] = shift[r] == 0f ? 0f : shift[r];
        }
    }

    private static void Check(
        double[] x, int width, double before, Span<float> sumsBefore, Array[] results, int row, int ldl)
    {
        double shift = Math.Max(before, Math.Round(x.Max(), MidpointRounding.ToEven));
        double scale = before - shift < -125 ? 0 : Math.Pow(2, before - shift);
        double[] sums = new double[16];
        for (int i = 0; i < 16; i++)
        {
            sums[i] = sumsBefore[i] * scale;
        }

        for (int i = 0; i < x.Length; i++)
        {
            double power = Math.Round(x[i], MidpointRounding.ToEven) - shift < -125 ? 0 : Math.Pow(2, x[i] - shift);
            Ulp.Near(power, ((float[])results[0])[(row * ldl) + i], 2 * Ulp.At(power) * Math.Sign(power), "power", i);
            sums[i % width % 16] += power;
        }

        Ulp.Near(shift, ((float[])results[1])[row], 0, "shift", row);
        Ulp.Near(scale, ((float[])results[3])[row], 0, "scale", row);
        for (int i = 0; i < 16; i++)
        {
            double tolerance = ((x.Length / 16) + 4) * Ulp.Unit * sums[i];
            Ulp.Near(sums[i], ((float[])results[2])[(row * 16) + i], tolerance + float.Epsilon, "sum", i);
        }
    }
}
