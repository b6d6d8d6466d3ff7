using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>Our matrix product on every shape of the encoder.</summary>
/// <param name="plain">Without Strassen's algorithm.</param>
internal sealed unsafe class OurProducts(int threads, bool plain) : IEngine
{
    private readonly KernelSet kernels = KernelTable.For(Isa.Default);
    private readonly WorkerPool pool = new(threads);
    private PackedProduct[] products = [];

    public string Description => Versions.Describe(kernels.Isa, pool.Workers);

    public void Load() =>
        products = [.. ProductShape.All.Select(shape => new PackedProduct(kernels, pool, shape, kernels.Bias, plain))];

    public void Run(int item) => products[item].Run();

    public ReadOnlySpan<float> Output(int item) => products[item].Result.Span;

    public void Dispose()
    {
        pool.Dispose();
        foreach (PackedProduct product in products)
        {
            product.Dispose();
        }
    }
}
