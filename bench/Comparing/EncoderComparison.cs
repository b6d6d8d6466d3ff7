using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>
/// Our encoder and ONNX Runtime's, in pairs; with single precision ours once more without Strassen's algorithm, to tell
/// what comes from there.
/// </summary>
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
        using EngineProcess? plain = peer != Peer.Ort ? null : EngineProcess.Start(
            "SamNative, plain products",
            new EngineArguments(EngineKind.OurPlainEncoder, settings.Threads, files.Checkpoint, input));
        EngineProcess[] engines = plain is null ? [ours, theirs] : [ours, theirs, plain];
        (double Load, double First)[] starts = [.. engines.Select(WarmUp)];

        PeakSampler peaks = new(settings.Threads);
        List<double[]> times = Turns.Take(engines, 0, settings.Pairs, before: pair =>
        {
            Progress.Say($"pair {pair + 1} of {settings.Pairs}: {string.Join(" / ", engines.Select(engine => engine.Name))}");
            peaks.Sample();
        });
        peaks.Sample();

        float[] reference = files.IsReference ? ReferenceEmbedding.Read() : theirs.Output();
        EncoderResult result = new(
            files.IsReference ? "ViT-B, synthetic weights of seed 0" : Path.GetFileName(settings.Model!),
            files.IsReference, settings.Pairs, EncoderPlan.Create(SamConfig.VitB).Flops / 1e9, peaks.Result(),
            Side(0), Side(1), Ratio(0), plain is null ? null : Side(2), plain is null ? null : Ratio(2));
        if (files.IsReference || peer == Peer.Ort)
        {
            ReferenceEmbedding.Check(ours.Name, result.Ours.Error);
        }

        if (peer == Peer.Ort)
        {
            ReferenceEmbedding.Check(theirs.Name, result.Theirs.Error);
        }

        return result;

        EncoderSide Side(int i) => new(
            engines[i].Name, engines[i].Describe(), Spread.Of(times.Select(pair => pair[i])), starts[i].Load, starts[i].First,
            engines[i].PeakRssMegabytes(), Closeness.Of(engines[i].Output(), reference));

        Spread Ratio(int i) => Spread.Of(times.Select(pair => pair[1] / pair[i]));
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
}
