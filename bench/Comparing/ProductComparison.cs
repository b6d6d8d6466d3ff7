namespace SamNative.Bench;

/// <summary>
/// Our matrix product and ONNX Runtime's MatMul on every linear shape of the encoder, weights packed beforehand by both.
/// Ours lays out rows and adds a bias of zero within its time, as the encoder's steps do; theirs multiplies.
/// </summary>
internal static class ProductComparison
{
    private const int WarmUps = 3;

    /// <summary>Turns for each pair that was asked for: a product is short.</summary>
    private const int TurnsPerPair = 3;

    /// <summary>Both sum in single precision, in another order.</summary>
    private static readonly Closeness bar = new(2e-3, 1e-5);

    public static ProductsResult Measure(Settings settings)
    {
        using EngineProcess ours = EngineProcess.Start(
            "SamNative", new EngineArguments(EngineKind.OurProducts, settings.Threads));
        using EngineProcess theirs = EngineProcess.Start(
            "ONNX Runtime", new EngineArguments(EngineKind.OrtProducts, settings.Threads));
        Progress.Say("products: packing the weights");
        ours.Load();
        theirs.Load();
        List<ProductResult> results = [];
        for (int i = 0; i < ProductShape.All.Count; i++)
        {
            Progress.Say($"product {ProductShape.All[i]}");
            results.Add(Measure(settings, ours, theirs, i));
        }

        return new ProductsResult(ours.Describe(), theirs.Describe(), settings.Pairs * TurnsPerPair, results);
    }

    private static ProductResult Measure(Settings settings, EngineProcess ours, EngineProcess theirs, int item)
    {
        ProductShape shape = ProductShape.All[item];
        for (int i = 0; i < WarmUps; i++)
        {
            ours.Run(item);
            theirs.Run(item);
        }

        Closeness difference = Closeness.Of(ours.Output(item), theirs.Output(item));
        if (!difference.IsWithin(bar))
        {
            throw new BenchFailedException($"the products {shape} differ: max abs / relative RMS {difference}.");
        }

        PeakSampler peaks = new(settings.Threads);
        List<(double First, double Second)> times = Turns.Pairs(ours, theirs, item, settings.Pairs * TurnsPerPair, turn =>
        {
            if (turn % TurnsPerPair == 0)
            {
                peaks.Sample();
            }
        });
        peaks.Sample();
        return new ProductResult(
            shape.Name, shape.Rows, shape.Depth, shape.Columns, shape.Gflop, Spread.Of(times.Select(pair => pair.First)),
            Spread.Of(times.Select(pair => pair.Second)), Spread.Of(times.Select(pair => pair.Second / pair.First)),
            peaks.Result());
    }
}
