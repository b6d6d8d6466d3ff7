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
        List<(double Load, double First)> starts = [];
        using EngineProcess ours = Start("SamNative", EngineKind.OurEncoder, files.Checkpoint);
        using EngineProcess theirs = Start(NameOf(peer), EngineKind.OrtEncoder, graph);
        using EngineProcess? plain = peer == Peer.Ort
            ? Start("SamNative, plain products", EngineKind.OurPlainEncoder, files.Checkpoint)
            : null;
        EngineProcess[] engines = plain is null ? [ours, theirs] : [ours, theirs, plain];

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

        EngineProcess Start(string name, EngineKind kind, string model)
        {
            EngineArguments arguments = new(kind, settings.Threads, model, input);
            starts.Add(Starts(name, arguments));
            EngineProcess engine = EngineProcess.Start(name, arguments);
            WarmUp(engine);
            return engine;
        }

        EncoderSide Side(int i) => new(
            engines[i].Name, engines[i].Describe(), Spread.Of(times.Select(pair => pair[i])), starts[i].Load, starts[i].First,
            engines[i].PeakRssMegabytes(), Closeness.Of(engines[i].Output(), reference));

        Spread Ratio(int i) => Spread.Of(times.Select(pair => pair[1] / pair[i]));
    }

    private static string NameOf(Peer peer) => peer == Peer.OrtInt8 ? "ONNX Runtime, dynamic int8" : "ONNX Runtime";

    /// <summary>
    /// What loading and a first run take: medians of several processes, one after the other. The first may pay for memory
    /// that a virtual machine has to be given again.
    /// </summary>
    private static (double Load, double First) Starts(string name, EngineArguments arguments)
    {
        Progress.Say($"{name}: {Settings.Starts} processes load and run once");
        double[] loads = new double[Settings.Starts];
        double[] firsts = new double[Settings.Starts];
        for (int i = 0; i < Settings.Starts; i++)
        {
            using EngineProcess engine = EngineProcess.Start(name, arguments);
            loads[i] = engine.Load();
            firsts[i] = engine.Run();
        }

        return (Spread.Of(loads).Median, Spread.Of(firsts).Median);
    }

    private static void WarmUp(EngineProcess engine)
    {
        Progress.Say($"{engine.Name}: loading and warming up");
        engine.Load();
        for (int i = 0; i < Settings.WarmUps; i++)
        {
            engine.Run();
        }
    }
}
