using BenchmarkDotNet.Attributes;
using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>Whole linear layers on all threads, epilogue included, and blocks of attention on one.</summary>
public unsafe class LayerBenchmarks
{
    /// <summary>With Strassen's algorithm, and plain.</summary>
    private static readonly bool[] ways = [false, true];

    /// <summary>Every linear shape of the encoder at every level with vectors.</summary>
    public static IEnumerable<Work> Products =>
        from shape in ProductShape.All
        from isa in Levels.WithVectors
        from plain in ways
        where plain || shape.IsLinear
        select new Work(
            $"{shape}, {isa}{(plain ? ", plain" : string.Empty)}", shape.Gflop, () => Prepare(shape, KernelTable.For(isa), plain));

    /// <summary>The encoder's and the decoder's attentions.</summary>
    public static IEnumerable<Work> Attentions => AttentionWork.All;

    /// <summary>A packed product as an encoder step runs it: the layer's matrix product, its GEMM.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(Products))]
    public void GemmProduct(Work work) => work.Run();

    /// <summary>Attention of a block of queries to one head.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(Attentions))]
    public void Attention(Work work) => work.Run();

    private static Action Prepare(ProductShape shape, KernelSet kernels, bool plain)
    {
        TileKernel epilogue = shape.Name switch
        {
            "fc1" => kernels.BiasGelu,
            "fc2" or "proj" => kernels.BiasAdd,
            _ => kernels.Bias,
        };
        return new PackedProduct(kernels, new WorkerPool(Processors.PhysicalCores), shape, epilogue, plain).Run;
    }
}
