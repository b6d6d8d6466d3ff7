using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>Our encoder as it runs on a processor without AVX-512, beside the FMA peak at 256 bit.</summary>
internal static class NarrowMeasurement
{
    private static readonly Dictionary<string, string> withoutAvx512 = new() { ["DOTNET_EnableAVX512"] = "0" };

    public static NarrowResult Measure(Settings settings)
    {
        EncoderFiles files = EncoderFiles.Prepare(settings.Model);
        string input = PixelValues.Prepare();
        using EngineProcess engine = EngineProcess.Start(
            "SamNative without AVX-512",
            new EngineArguments(EngineKind.OurEncoder, settings.Threads, files.Checkpoint, input), withoutAvx512);
        Progress.Say($"{engine.Name}: loading and warming up");
        engine.Load();
        engine.Run();
        ReferenceEmbedding.Check(files, engine);
        (Spread times, FmaPeaks peaks) = Turns.Alone(engine, settings, engine.Name);
        return new NarrowResult(
            engine.Describe(), settings.Pairs, EncoderPlan.Create(SamConfig.VitB).Flops / 1e9, times, peaks);
    }
}
