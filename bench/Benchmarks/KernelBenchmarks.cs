using BenchmarkDotNet.Attributes;
using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>Every row of <see cref="KernelTable"/> that this processor can run, on one thread, on shapes of ViT-B.</summary>
public class KernelBenchmarks
{
    /// <summary>Tiles of matrix products.</summary>
    public static IEnumerable<Work> GemmRows =>
        Rows(Operation.Gemm16, Operation.Gemm32, Operation.Gemm48, Operation.GemmSum);

    /// <summary>What happens to finished tiles.</summary>
    public static IEnumerable<Work> EpilogueRows =>
        Rows(Operation.TileBias, Operation.TileBiasAdd, Operation.TileBiasGelu, Operation.TileBiasRelu);

    /// <summary>The two of attention.</summary>
    public static IEnumerable<Work> SoftmaxRows => Rows(Operation.SoftmaxTile, Operation.ReciprocalSums);

    /// <summary>Pictures and masks.</summary>
    public static IEnumerable<Work> ImageRows => Rows(
        Operation.BilinearBetweenRows, Operation.BilinearAlongRow, Operation.Above, Operation.BytesAlongRow,
        Operation.BytesBetweenRows);

    /// <summary>All others, so that a kernel that comes new to the table is here as well.</summary>
    public static IEnumerable<Work> OtherRows
    {
        get
        {
            HashSet<string> elsewhere =
                [.. new[] { GemmRows, EpilogueRows, SoftmaxRows, ImageRows }.SelectMany(rows => rows).Select(row => row.ToString())];
            return Rows(Enum.GetValues<Operation>()).Where(row => !elsewhere.Contains(row.ToString()));
        }
    }

    /// <summary>A tile of a product, 192 deep as in the encoder.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(GemmRows))]
    public void Gemm(Work work) => work.Run();

    /// <summary>A tile on its way to memory.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(EpilogueRows))]
    public void Epilogue(Work work) => work.Run();

    /// <summary>64 queries and 256 keys.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(SoftmaxRows))]
    public void Softmax(Work work) => work.Run();

    /// <summary>Rows of pictures and masks.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(ImageRows))]
    public void Image(Work work) => work.Run();

    /// <summary>Sums, products and norms of rows.</summary>
    [Benchmark]
    [ArgumentsSource(nameof(OtherRows))]
    public void Row(Work work) => work.Run();

    private static IEnumerable<Work> Rows(params IEnumerable<Operation> operations) =>
        from row in KernelTable.Rows
        where operations.Contains(row.Operation) && Isa.IsAvailable(row.Isa)
        select KernelWork.Of(row);
}
