using FsCheck;
using FsCheck.Fluent;

namespace SamNative.Model.Tests.Masks;

/// <summary>Masks of all kinds of sizes (words of 64 pixels have edges) and textures, for properties.</summary>
internal static class RandomMasks
{
    private static readonly Config config = Config.QuickThrowOnFailure.WithMaxTest(400).WithReplay(20260901, 1);

    /// <summary>Checks that something holds for every mask; the same 400 masks in every run.</summary>
    public static void All(Func<SamMask, bool> property) =>
        Prop.ForAll(Arb.From(One()), property).Check(config);

    /// <summary>Checks that something holds for every two masks of the same size.</summary>
    public static void Pairs(Func<SamMask, SamMask, bool> property)
    {
        Gen<(SamMask, SamMask)> pairs =
            from width in Size()
            from height in Size()
            from first in OfSize(width, height)
            from second in OfSize(width, height)
            select (first, second);
        Prop.ForAll(Arb.From(pairs), pair => property(pair.Item1, pair.Item2)).Check(config);
    }

    /// <summary>A mask of a size.</summary>
    public static SamMask Make(int width, int height, Random random) =>
        SamMask.FromBytes(Draw(random.Next(4), width, height, random), width, height);

    private static Gen<SamMask> One() =>
        from width in Size()
        from height in Size()
        from mask in OfSize(width, height)
        select mask;

    private static Gen<int> Size() =>
        Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(60, 68), Gen.Choose(124, 132), Gen.Choose(1, 200));

    private static Gen<SamMask> OfSize(int width, int height) =>
        from texture in Gen.Choose(0, 3)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select SamMask.FromBytes(Draw(texture, width, height, new Random(seed)), width, height);

    private static byte[] Draw(int texture, int width, int height, Random random)
    {
        byte[] pixels = new byte[width * height];
        switch (texture)
        {
            case 0:
                random.NextBytes(pixels);
                Threshold(pixels, random.Next(257));
                break;
            case 1:
                Array.Fill(pixels, (byte)random.Next(2));
                break;
            default:
                // Rectangles that switch what they cover: parts, holes, parts in holes, sides at the border.
                for (int i = random.Next(1, 12); i > 0; i--)
                {
                    Switch(pixels, width, random.Next(width), random.Next(height), random);
                }

                break;
        }

        return pixels;
    }

    private static void Threshold(Span<byte> pixels, int level)
    {
        foreach (ref byte pixel in pixels)
        {
            pixel = pixel < level ? (byte)1 : (byte)0;
        }
    }

    private static void Switch(byte[] pixels, int width, int left, int top, Random random)
    {
        int height = pixels.Length / width;
        int right = random.Next(left, width);
        int bottom = random.Next(top, height);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                pixels[(y * width) + x] ^= 1;
            }
        }
    }
}
