using BenchmarkDotNet.Attributes;

namespace SamNative.Bench;

/// <summary>
/// The first picture of a model that was just loaded, whose memory nothing has touched yet. (In a process that has encoded
/// before; compare has the first run of a process.)
/// </summary>
public class FirstRunBenchmarks
{
    private SamModel? model;

    /// <summary>A new model for every run.</summary>
    [IterationSetup]
    public void Load() => model = ModelWork.Load();

    /// <summary>Frees it.</summary>
    [IterationCleanup]
    public void Dispose() => model?.Dispose();

    /// <summary>Its first picture.</summary>
    [Benchmark]
    public void FirstRun() => ModelWork.EncodeOnce(model!);
}
