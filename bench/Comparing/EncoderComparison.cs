using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>Our encoder and ONNX Runtime's, in pairs.</summary>
internal static class EncoderComparison
{
    public static EncoderResult Measure(Settings settings, Peer peer)
    {
        Progress.Say("preparing the weights and the input of both");
        EncoderFiles files = EncoderFiles.Prepare(settings.Model);
        string graph = peer == Peer.OrtInt8 ? QuantizedGraph.Prepare(files.Graph) : files.Graph;
        string input = PixelValues.Prepare();
        using EngineProcess ours = EngineProcess.Start(
            "SamNative", new EngineArguments(EngineKind.OurEncoder, settings.Threads, files.Checkpoint, input));
        using EngineProcess theirs = EngineProcess.Start(
            NameOf(peer), new EngineArguments(EngineKind.OrtEncoder, settings.Threads, graph, input));
        (double Load, double First) ourStart = WarmUp(ours);
        (double Load, double First) theirStart = WarmUp(theirs);

        PeakSampler peaks = new(settings.Threads);
        List<(double First, double Second)> times = Turns.Pairs(ours, theirs, 0, settings.Pairs, pair =>
        {
            Progress.Say($"pair {pair + 1} of {settings.Pairs}: SamNative, {theirs.Name}");
            peaks.Sample();
        });
        peaks.Sample();

        float[] reference = files.IsReference ? ReferenceEmbedding.Read() : theirs.Output();
        EncoderResult result = new(
            files.IsReference ? "ViT-B, synthetic weights of seed 0" : Path.GetFileName(settings.Model!),
            files.IsReference, settings.Pairs, EncoderPlan.Create(SamConfig.VitB).Flops / 1e9, peaks.Result(),
            Side(ours, ourStart, times.Select(pair => pair.First), Closeness.Of(ours.Output(), reference)),
            Side(theirs, theirStart, times.Select(pair => pair.Second), Closeness.Of(theirs.Output(), reference)),
            Spread.Of(times.Select(pair => pair.Second / pair.First)));
        if (files.IsReference || peer == Peer.Ort)
        {
            ReferenceEmbedding.Check(ours.Name, result.Ours.Error);
        }

        if (peer == Peer.Ort)
        {
            ReferenceEmbedding.Check(theirs.Name, result.Theirs.Error);
        }

        return result;
    }

    private static string NameOf(Peer peer) => peer == Peer.OrtInt8 ? "ONNX Runtime, dynamic int8" : "ONNX Runtime";

    private static (double Load, double First) WarmUp(EngineProcess engine)
    {
        Progress.Say($"{engine.Name}: loading and warming up");
        double load = engine.Load();
        double first = engine.Run();
        for (int i = 1; i < Settings.WarmUps; i++)
        {
            engine.Run();
        }

        return (load, first);
    }

    private static EncoderSide Side(
        EngineProcess engine, (double Load, double First) start, IEnumerable<double> times, Closeness error) => new(
            engine.Name, engine.Describe(), Spread.Of(times), start.Load, start.First, engine.PeakRssMegabytes(), error);
}
