using BenchmarkDotNet.Attributes;

namespace SamNative.Bench;

/// <summary>The synthetic ViT-B on all threads: the encoder step by step and whole, a click, a grid of them, and
/// loading.</summary>
public class ModelBenchmarks
{
    /// <summary>One step of each kind, of a windowed and a global block; the other blocks are the same again.</summary>
    public static IEnumerable<Work> Steps => ModelWork.Steps;

    /// <summary>A picture that fills the square.</summary>
    public static IEnumerable<Work> Pictures => [ModelWork.Encode];

    /// <summary>One step of the encoder's plan.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(Steps))]
    public void EncoderStep(Work work) => work.Run();

    /// <summary>A whole picture.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(Pictures))]
    public void Encoder(Work work) => work.Run();

    /// <summary>One click on a cached embedding: three masks at the size of a photograph.</summary>
    [Benchmark]
    public void DecoderClick() => ModelWork.Click.Run();

    /// <summary>Automatic masks on a cached embedding, filters off: 192 masks scored at the size of a photograph.</summary>
    [Benchmark]
    public void Everything() => ModelWork.Everything.Run();

    /// <summary>From a file in the system's cache to a model that is ready.</summary>
    [Benchmark]
    public void Load() => ModelWork.Load().Dispose();
}
