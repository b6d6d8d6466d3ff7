namespace SamNative.Bench;

/// <summary>
/// Our matrix product, with Strassen's algorithm where the encoder uses it and without, and ONNX Runtime's MatMul on every
/// linear shape of the encoder, weights packed beforehand by both. Ours lays out rows and adds a bias of zero within its time, as the encoder's steps do; theirs multiplies.
/// </summary>
internal static class ProductComparison
{
    private const int WarmUps = 3;

    /// <summary>Turns for each pair that was asked for: a product is short.</summary>
    private const int TurnsPerPair = 3;

    /// <summary>What a turn computes: waking threads would be a tenth of a single short product.</summary>
    private const double GflopPerTurn = 30;

    /// <summary>Both sum in single precision, in another order.</summary>
    private static readonly Closeness bar = new(2e-3, 1e-5);

    public static ProductsResult Measure(Settings settings)
    {
        using EngineProcess ours = EngineProcess.Start(
            "SamNative", new EngineArguments(EngineKind.OurProducts, settings.Threads));
        using EngineProcess plain = EngineProcess.Start(
            "SamNative, plain", new EngineArguments(EngineKind.OurPlainProducts, settings.Threads));
        using EngineProcess theirs = EngineProcess.Start(
            "ONNX Runtime", new EngineArguments(EngineKind.OrtProducts, settings.Threads));
        Progress.Say("products: packing the weights");
        EngineProcess[] engines = [ours, plain, theirs];
        Array.ForEach(engines, engine => engine.Load());
        List<ProductResult> results = [];
        for (int i = 0; i < ProductShape.All.Count; i++)
        {
            Progress.Say($"product {ProductShape.All[i]}");
            results.Add(Measure(settings, engines, i));
        }

        return new ProductsResult(ours.Describe(), theirs.Describe(), settings.Pairs * TurnsPerPair, results);
    }

    private static ProductResult Measure(Settings settings, EngineProcess[] engines, int item)
    {
        ProductShape shape = ProductShape.All[item];
        Array.ForEach(engines, engine => engine.Run(item, WarmUps));
        float[] theirs = engines[^1].Output(item);
        foreach (EngineProcess engine in engines)
        {
            Closeness difference = Closeness.Of(engine.Output(item), theirs);
            if (!difference.IsWithin(bar))
            {
                throw new BenchFailedException($"{shape} by {engine.Name} differs: max abs / relative RMS {difference}.");
            }
        }

        PeakSampler peaks = new(settings.Threads);
        int repeats = (int)Math.Ceiling(GflopPerTurn / shape.Gflop);
        List<double[]> times = Turns.Take(engines, item, settings.Pairs * TurnsPerPair, repeats, turn =>
        {
            if (turn % TurnsPerPair == 0)
            {
                peaks.Sample();
            }
        });
        peaks.Sample();
        return new ProductResult(
            shape.Name, shape.Rows, shape.Depth, shape.Columns, shape.Gflop, Of(t => t[0]), Of(t => t[1]), Of(t => t[2]),
            Of(t => t[2] / t[0]), Of(t => t[2] / t[1]), peaks.Result());

        Spread Of(Func<double[], double> value) => Spread.Of(times.Select(value));
    }
}
