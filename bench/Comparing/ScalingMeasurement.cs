namespace SamNative.Bench;

/// <summary>
/// What a second thread (or all of them) gives our encoder, beside what it gives a loop of multiply-adds on the same
/// processor in the same minute: the rest is what we lose by sharing work.
/// </summary>
internal static class ScalingMeasurement
{
    public static ScalingResult Measure(Settings settings)
    {
        if (settings.Threads < 2)
        {
            throw new BenchFailedException("--scaling compares one thread with --threads of them: give 2 or more.");
        }

        EncoderFiles files = EncoderFiles.Prepare(settings.Model);
        string input = PixelValues.Prepare();
        using EngineProcess one = Start(1);
        using EngineProcess all = Start(settings.Threads);
        PeakSampler peakOfOne = new(1);
        PeakSampler peakOfAll = new(settings.Threads);
        List<double[]> times = Turns.Take([one, all], 0, settings.Pairs, before: pair =>
        {
            Progress.Say($"scaling, pair {pair + 1} of {settings.Pairs}: 1 thread, {settings.Threads} threads");
            Sample();
        });
        Sample();
        return new ScalingResult(
            settings.Threads, settings.Pairs, Spread.Of(times.Select(pair => pair[0])),
            Spread.Of(times.Select(pair => pair[1])), Spread.Of(times.Select(pair => pair[0] / pair[1])),
            peakOfOne.Result(), peakOfAll.Result());

        void Sample()
        {
            peakOfOne.Sample();
            peakOfAll.Sample();
        }

        EngineProcess Start(int threads)
        {
            EngineProcess engine = EngineProcess.Start(
                $"SamNative, threads: {threads}", new EngineArguments(EngineKind.OurEncoder, threads, files.Checkpoint, input));
            Progress.Say($"{engine.Name}: loading and warming up");
            engine.Load();
            engine.Run();
            ReferenceEmbedding.Check(files, engine);
            return engine;
        }
    }
}
