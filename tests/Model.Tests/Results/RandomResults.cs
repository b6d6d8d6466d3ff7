using FsCheck;
using FsCheck.Fluent;
using SamNative.Model.Tests.Masks;

namespace SamNative.Model.Tests.Results;

/// <summary>Pictures with masks of all kinds and numbers of all sizes, for round trips.</summary>
internal static class RandomResults
{
    private static readonly int[] sides = [1, 2, 7, 63, 64, 65, 90, 130];

    /// <summary>One mask that can be followed by hand, in a picture of 3 x 2.</summary>
    public static PictureMasks Small { get; } = new("a.png", new ImageSize(2, 3), [
        new AutomaticMask
        {
            Segmentation = MaskRle.FromCounts([0, 2, 1, 1, 2], new ImageSize(2, 3)),
            Bounds = new MaskBounds(0, 0, 1, 1),
            PredictedIou = 0.5f,
            StabilityScore = 0.75f,
            Point = new SamPoint(0.5, 1),
            CropBox = new CropBox(0, 0, 3, 2),
        }]);

    /// <summary>Checks that something holds for every picture; the same ones in every run.</summary>
    public static void All(Func<PictureMasks, bool> property, int count = 150)
    {
        Gen<PictureMasks> pictures = Gen.Choose(0, int.MaxValue - 1).Select(seed => Make(new Random(seed)));
        Prop.ForAll(Arb.From(pictures), property)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(20261125, 1));
    }

    public static PictureMasks Make(Random random)
    {
        ImageSize size = new(sides[random.Next(sides.Length)], sides[random.Next(sides.Length)]);
        AutomaticMask[] masks = [.. Enumerable.Range(0, random.Next(5)).Select(_ => MakeMask(size, random))];
        return new PictureMasks($"pi\u00e7ture \"{random.Next(9)}\".png", size, masks) { Id = random.Next(1, 99) };
    }

    /// <summary>Whether two lists hold the same masks and say the same of them.</summary>
    public static bool Same(IReadOnlyList<AutomaticMask> first, IReadOnlyList<AutomaticMask> second) =>
        first.Count == second.Count && first.Zip(second, Same).All(same => same);

    public static bool Same(PictureMasks first, PictureMasks second) =>
        first.Id == second.Id && first.FileName == second.FileName && first.Size == second.Size
        && Same(first.Masks, second.Masks);

    private static bool Same(AutomaticMask first, AutomaticMask second) =>
        first.Segmentation.ToCocoRle() == second.Segmentation.ToCocoRle()
        && first with { Segmentation = second.Segmentation } == second;

    private static AutomaticMask MakeMask(ImageSize size, Random random)
    {
        MaskRle rle = MaskRle.FromMask(RandomMasks.Make(size.Width, size.Height, random));
        return new AutomaticMask
        {
            Segmentation = rle,
            Bounds = rle.Bounds,
            PredictedIou = Score(random),
            StabilityScore = random.Next(9) == 0 ? float.NaN : Score(random),
            Point = new SamPoint(random.NextDouble() * size.Width, random.Next(size.Height)),
            CropBox = new CropBox(random.Next(9), random.Next(9), size.Width, size.Height),
        };
    }

    private static float Score(Random random) => random.Next(6) switch
    {
        0 => 0,
        1 => 1,
        2 => 1e-7f * random.NextSingle(),
        3 => -random.NextSingle(),
        _ => random.NextSingle(),
    };
}
