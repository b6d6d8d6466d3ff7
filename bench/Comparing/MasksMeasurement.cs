namespace SamNative.Bench;

/// <summary>Automatic masks of a small and a large picture: time, and memory beyond that of an encode.</summary>
internal static class MasksMeasurement
{
    private static readonly ImageSize[] sizes = [new(534, 800), new(3000, 4000)];

    /// <param name="picture">The picture, which is brought to each size; null for the sample picture.</param>
    public static MasksResult Measure(Settings settings, string? picture)
    {
        string checkpoint = EncoderFiles.Prepare(settings.Model).Checkpoint;
        MasksResult result = new(string.Empty, OurMasks.PointsPerSide * OurMasks.PointsPerSide, settings.Pairs, []);
        foreach (ImageSize size in sizes)
        {
            using EngineProcess engine = EngineProcess.Start(
                $"Automatic masks, {size.Width} x {size.Height}",
                new EngineArguments(
                    EngineKind.OurMasks, settings.Threads, checkpoint, PixelValues.Resize(picture ?? Workspace.Picture, size)));
            MasksOfSize of = Measure(engine, settings, size);
            result = result with { Description = engine.Describe(), Sizes = [.. result.Sizes, of] };
        }

        return result;
    }

    /// <summary>
    /// The engine's peak of memory only grows, so memory comes before time, and what needs least comes first: the encode,
    /// then masks as they are made for users, then with all of them coded. Each once: what later runs add is garbage that
    /// the collector leaves as long as there is memory.
    /// </summary>
    private static MasksOfSize Measure(EngineProcess engine, Settings settings, ImageSize size)
    {
        Progress.Say($"{engine.Name}: loading and warming up");
        engine.Load();
        double encode = PeakAfter(engine, OurMasks.Encode);
        double leading = PeakAfter(engine, OurMasks.Masks) - encode;
        double all = PeakAfter(engine, OurMasks.AllCoded) - encode;
        return new MasksOfSize(
            size.Width, size.Height, Time(engine, OurMasks.Masks, settings, leading),
            Time(engine, OurMasks.AllCoded, settings, all));
    }

    private static double PeakAfter(EngineProcess engine, int item)
    {
        engine.Run(item);
        return engine.PeakRssMegabytes();
    }

    private static MasksRun Time(EngineProcess engine, int item, Settings settings, double memoryMb)
    {
        string coded = item == OurMasks.AllCoded ? ", all coded" : string.Empty;
        (Spread times, FmaPeaks peaks) = Turns.Alone(engine, settings, engine.Name + coded, item);
        return new MasksRun(times, memoryMb, peaks);
    }
}
