using SamNative.Kernels;
using Xunit;

namespace SamNative.Model.Tests.Images;

/// <summary>The values that a model computes with.</summary>
public sealed class NormalisationTests
{
    [Theory]
    [InlineData("playground_small")]
    [InlineData("tree_small")]
    public void Sam_s_values_are_the_original_s(string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"tiny.{picture}.encoder.safetensors");
        float[] expected = reference.Floats("pixel_values");
        float[] values = Values(Preprocessing.Sam, TestModels.Picture(picture).View, 256);

        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            // The reference was computed in double and rounded.
            Assert.Equal(expected[i], values[i], Math.Abs(expected[i]) * 1.2e-7f);
        }
    }

    [Fact]
    public void Sam_s_values_are_single_precision_to_the_last_bit()
    {
        float[] means = [123.675f, 116.28f, 103.53f];
        float[] deviations = [58.395f, 57.12f, 57.375f];
        for (int i = 0; i < 3 * 256; i++)
        {
            Assert.Equal(((i % 256) - means[i / 256]) / deviations[i / 256], Preprocessing.Sam.Normalisation.Channel(i / 256)[i % 256]);
        }

        Assert.Equal([0f, 0f, 0f], Preprocessing.Sam.Normalisation.Outside.ToArray());
    }

    [Fact]
    public void Levels_and_shares_are_what_pytorch_makes_of_them()
    {
        Normalisation levels = Normalisation.OfLevels([123.675f, 116.28f, 103.53f], [58.395f, 57.12f, 57.375f]);
        Normalisation shares = Normalisation.OfShares([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

        Assert.Equal((200 - 116.28f) / 57.12f, levels.Channel(1)[200]);
        Assert.Equal(((200 / 255f) - 0.406f) / 0.225f, shares.Channel(2)[200]);
        Assert.Equal([0f, 0f, 0f], levels.Outside.ToArray());
        Assert.Equal([0f, 0f, 0f], shares.Outside.ToArray());
        Assert.Equal(levels.Channel(0)[77], shares.Channel(0)[77], 1e-6f);
    }

    [Fact]
    public void A_colour_that_is_filled_in_before_has_its_values_outside()
    {
        Normalisation made = Normalisation.OfShares([0.5f, 0.25f, 0.5f], [0.5f, 0.5f, 1f], [127, 0, 255]);

        Assert.Equal([((127 / 255f) - 0.5f) / 0.5f, -0.5f, 0.5f], made.Outside.ToArray());
    }

    [Theory]
    [InlineData(PictureFit.TopLeft)]
    [InlineData(PictureFit.Pad)]
    [InlineData(PictureFit.Stretch)]
    internal unsafe void Pieces_of_rows_are_those_of_whole_rows(PictureFit fit)
    {
        const int Side = 48;
        Normalisation made = Normalisation.OfShares([0.1f, 0.2f, 0.3f], [0.4f, 0.5f, 0.6f], [1, 2, 3]);
        Placement placement = Placement.Of(fit, new ImageSize(21, 40), Side);
        byte[] shown = new byte[placement.Part.Width * placement.Part.Height * 4];
        new Random(5).NextBytes(shown);
        fixed (byte* pixels = shown)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                for (int y = 0; y < Side; y++)
                {
                    float[] row = new float[Side];
                    for (int x = 0; x < Side; x += 7)
                    {
                        made.Write(pixels, placement, channel, y, x, row.AsSpan(x, Math.Min(7, Side - x)));
                    }

                    float[] expected = new float[Side];
                    for (int x = 0; x < Side; x++)
                    {
                        (int inY, int inX) = (y - placement.Top, x - placement.Left);
                        bool inside = inY >= 0 && inY < placement.Part.Height && inX >= 0 && inX < placement.Part.Width;
                        expected[x] = inside
                            ? made.Channel(channel)[shown[(4 * ((inY * placement.Part.Width) + inX)) + channel]]
                            : made.Outside[channel];
                    }

                    Assert.Equal(expected, row);
                }
            }
        }
    }

    /// <summary>[3, side, side].</summary>
    private static unsafe float[] Values(Preprocessing preprocessing, ImageView picture, int side)
    {
        Placement placement = preprocessing.Place(new ImageSize(picture.Height, picture.Width), side);
        using WorkerPool pool = new(2);
        using PictureResizer resizer = new(KernelTable.For(Isa.Found), 2);
        float[] values = new float[3 * side * side];
        fixed (byte* pixels = new byte[placement.Part.Width * placement.Part.Height * 4])
        {
            resizer.Run(pool, picture, placement, preprocessing.Filter, pixels, default);
            for (int row = 0; row < 3 * side; row++)
            {
                preprocessing.Normalisation.Write(pixels, placement, row / side, row % side, 0, values.AsSpan(row * side, side));
            }
        }

        return values;
    }
}
