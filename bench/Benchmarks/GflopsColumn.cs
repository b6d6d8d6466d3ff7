using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace SamNative.Bench;

/// <summary>GFLOP/s of the median, for rows whose <see cref="Work"/> says how much arithmetic they are.</summary>
internal sealed class GflopsColumn : IColumn
{
    public string Id => nameof(GflopsColumn);

    public string ColumnName => "GFLOP/s";

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Useful floating-point operations per second, in 10^9, at the median";

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(benchmark => GflopOf(benchmark) > 0);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => GflopOf(benchmarkCase) == 0;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        GflopOf(benchmarkCase) is > 0 and double gflop && summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? (gflop / statistics.Median * 1e9).ToString("0.0")
            : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        GetValue(summary, benchmarkCase);

    private static double GflopOf(BenchmarkCase benchmark) =>
        benchmark.Parameters.Items.Select(item => item.Value).OfType<Work>().FirstOrDefault()?.Gflop ?? 0;
}
