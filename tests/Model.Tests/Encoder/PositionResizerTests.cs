using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Encoder;

/// <summary>Positions at other sizes: against plain sums in double, and a whole model against the original at that size.</summary>
public sealed class PositionResizerTests
{
    [Theory]
    [InlineData(16, 16, 12, 20)]
    [InlineData(16, 16, 20, 12)]
    [InlineData(9, 14, 33, 5)]
    [InlineData(3, 2, 7, 8)]
    [InlineData(1, 1, 3, 4)]
    public void Positions_are_pytorch_s_bicubic_with_antialias(int rows, int columns, int toRows, int toColumns)
    {
        const int Channels = 5;
        float[] positions = Random(rows * columns * Channels);
        float[] resized = PositionResizer.Resize(positions, rows, columns, Channels, toRows, toColumns);

        for (int row = 0; row < toRows; row++)
        {
            for (int column = 0; column < toColumns; column++)
            {
                for (int channel = 0; channel < Channels; channel++)
                {
                    double expected = 0;
                    foreach ((int y, double down) in Taps(rows, toRows, row))
                    {
                        foreach ((int x, double across) in Taps(columns, toColumns, column))
                        {
                            expected += down * across * positions[(((y * columns) + x) * Channels) + channel];
                        }
                    }

                    Assert.Equal(expected, resized[(((row * toColumns) + column) * Channels) + channel], 3e-7);
                }
            }
        }
    }

    [Fact]
    public void A_size_that_stays_changes_no_bit()
    {
        float[] positions = Random(7 * 9 * 4);
        float[] table = Random(13 * 3);

        Assert.Equal(positions, PositionResizer.Resize(positions, 7, 9, 4, 7, 9));
        Assert.Equal(table, PositionResizer.ResizeTable(table, 3, 13));
    }

    [Fact]
    public void Enlarging_takes_the_cubic_of_a_half()
    {
        // One value among zeros, twice as large: the weights at distances 0.25, 0.75, 1.25 and 1.75 of the cubic of -0.5. That
        // of -0.75 would be 0.8789 at 0.25.
        float[] positions = [0, 0, 0, 0, 1, 0, 0, 0, 0];
        float[] resized = PositionResizer.Resize(positions, 1, 9, 1, 1, 18);

        Assert.Equal([-0.0234375f, -0.0703125f, 0.2265625f, 0.8671875f, 0.8671875f, 0.2265625f, -0.0703125f, -0.0234375f], resized[5..13]);
    }

    [Theory]
    [InlineData(31, 23)]
    [InlineData(31, 39)]
    [InlineData(5, 1)]
    public void Tables_are_linear_between_half_pixel_centres(int length, int toLength)
    {
        const int Width = 3;
        float[] table = Random(length * Width);
        float[] resized = PositionResizer.ResizeTable(table, Width, toLength);

        for (int i = 0; i < toLength; i++)
        {
            double at = Math.Max(0, ((i + 0.5) * length / toLength) - 0.5);
            int near = (int)at;
            int far = Math.Min(near + 1, length - 1);
            for (int place = 0; place < Width; place++)
            {
                double expected = table[(near * Width) + place] * (1 - (at - near)) + (table[(far * Width) + place] * (at - near));
                Assert.Equal(expected, resized[(i * Width) + place], 3e-7);
            }
        }
    }

    [Fact]
    public void Cut_positions_are_those_at_the_top_left()
    {
        // Row r, column c, channel k is 100 r + 10 c + k.
        float[] positions = [.. Enumerable.Range(0, 4 * 5 * 2).Select(i => (100f * (i / 10)) + (10 * (i / 2 % 5)) + (i % 2))];

        Assert.Equal([0f, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121], PositionResizer.Cut(positions, 5, 2, 2, 3));
    }

    [Fact]
    public void Cut_tables_keep_their_distances()
    {
        // Entry i of a side of 4 stands for the distance i - 3.
        float[] table = [.. Enumerable.Range(0, 7).SelectMany(i => new float[] { i - 3, 10 * (i - 3) })];

        Assert.Equal([-1f, -10, 0, 0, 1, 10], PositionResizer.CutTable(table, 2, 2).ToArray());
        Assert.Equal(table, PositionResizer.CutTable(table, 2, 4).ToArray());
    }

    [Theory]
    [InlineData(192)]
    [InlineData(320)]
    public void The_tiny_model_at_another_size_is_the_original_s(int size)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"tiny.at_{size}.safetensors");
        ImageSize original = reference.Size("original_size");
        ImageView picture = new(reference.Bytes("image"), original.Width, original.Height);
        using SamModel model = SamModel.Load(Resized(TestModels.Config("tiny"), size));
        using SamEmbedding embedding = model.Encode(picture);

        Closeness closeness = Closeness.Of(embedding.Destination(0), reference.Floats("embedding"));
        Assert.True(closeness is { MaxAbs: <= 3e-5, RelativeRms: <= 5e-6 }, closeness.ToString());
    }

    /// <summary>The synthetic model as a model of its own of another size.</summary>
    private static byte[] Resized(SamConfig config, int size)
    {
        SamConfig other = config with { ImgSize = size };
        SafetensorsWriter writer = new();
        writer.AddMetadata(SamCheckpoint.ConfigKey, other.ToJson());
        using SyntheticCheckpoint source = new(config);
        foreach (TensorInfo tensor in source.Tensors)
        {
            float[] values = new float[tensor.ElementCount];
            source.Read(tensor, values);
            long[] shape = [.. tensor.Shape];
            if (tensor.Name.EndsWith("pos_embed", StringComparison.Ordinal))
            {
                values = PositionResizer.Resize(values, config.Grid, config.Grid, config.EmbedDim, other.Grid, other.Grid);
                shape = [1, other.Grid, other.Grid, config.EmbedDim];
            }
            else if (tensor.Name.Contains("rel_pos", StringComparison.Ordinal) && shape[0] == (2 * config.Grid) - 1)
            {
                values = PositionResizer.ResizeTable(values, (int)shape[1], (2 * other.Grid) - 1);
                shape[0] = (2 * other.Grid) - 1;
            }

            writer.Add(tensor.Name, shape, values);
        }

        using MemoryStream stream = new();
        writer.Save(stream);
        return stream.ToArray();
    }

    /// <summary>
    /// The taps of one value as PyTorch computes them (aten/src/ATen/native/cpu/UpSampleKernel.cpp, antialiased, a = -0.5).
    /// </summary>
    private static IEnumerable<(int Index, double Weight)> Taps(int length, int toLength, int at)
    {
        double scale = (double)length / toLength;
        double stretch = Math.Max(1, scale);
        double centre = scale * (at + 0.5);
        List<(int Index, double Weight)> taps = [];
        for (int i = 0; i < length; i++)
        {
            double x = Math.Abs(i + 0.5 - centre) / stretch;
            double weight = x < 1 ? (1.5 * x * x * x) - (2.5 * x * x) + 1
                : x < 2 ? (-0.5 * x * x * x) + (2.5 * x * x) - (4 * x) + 2 : 0;
            taps.Add((i, weight));
        }

        double sum = taps.Sum(tap => tap.Weight);
        return taps.Where(tap => tap.Weight != 0).Select(tap => (tap.Index, tap.Weight / sum));
    }

    private static float[] Random(int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
