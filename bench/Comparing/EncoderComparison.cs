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

        float[] reference = files.IsReference ? ReferenceEmbedding() : theirs.Output();
        EncoderResult result = new(
            files.IsReference ? "ViT-B, synthetic weights of seed 0" : Path.GetFileName(settings.Model!),
            files.IsReference, settings.Pairs, EncoderPlan.Create(SamConfig.VitB).Flops / 1e9, peaks.Result(),
            Side(ours, ourStart, times.Select(pair => pair.First), Closeness.Of(ours.Output(), reference)),
            Side(theirs, theirStart, times.Select(pair => pair.Second), Closeness.Of(theirs.Output(), reference)),
            Spread.Of(times.Select(pair => pair.Second / pair.First)));
        Check(result, peer);
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

    /// <summary>What the original computes of the same picture with the same weights in double precision.</summary>
    private static float[] ReferenceEmbedding()
    {
        const string Name = "embedding";
        using SafetensorsFile file = SafetensorsFile.Open(Workspace.ReferenceValues);
        if (!file.TryGet(Name, out TensorInfo? tensor))
        {
            throw new BenchFailedException($"{Workspace.ReferenceValues} holds no tensor {Name}.");
        }

        float[] values = new float[tensor.ElementCount];
        file.Read(tensor, values);
        return values;
    }

    /// <summary>A time counts only where the result is right.</summary>
    private static void Check(EncoderResult result, Peer peer)
    {
        if (!result.Ours.Error.IsWithin(Closeness.Bar) && (result.IsReference || peer == Peer.Ort))
        {
            throw new BenchFailedException(
                $"our embedding is wrong: its error, max abs / relative RMS, is {result.Ours.Error}, the bar is "
                + $"{Closeness.Bar}. Nothing was written.");
        }

        if (peer == Peer.Ort && !result.Theirs.Error.IsWithin(Closeness.Bar))
        {
            throw new BenchFailedException(
                $"the embedding of {result.Theirs.Name} is wrong, so its time means nothing: its error, max abs / relative "
                + $"RMS, is {result.Theirs.Error}. Delete {Workspace.Cache} and try again. Nothing was written.");
        }
    }
}
