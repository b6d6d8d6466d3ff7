using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace SamNative.Bench;

/// <summary>
/// How BenchmarkDotNet measures here: in this process, and briefly. In this process, because the kernels of every level
/// live in one, because the model is loaded once for all that need it, and because building and starting a program for
/// each benchmark takes longer than most of them; --runtimes net10.0 does it all the same. Briefly, because the table is
/// long; --iterationCount and its like overrule that.
/// </summary>
internal static class BenchConfig
{
    /// <summary>Room for the name of a kernel and its shape.</summary>
    private const int NameWidth = 80;

    public static IConfig Create() => DefaultConfig.Instance
        .WithArtifactsPath(Path.Combine(Workspace.Cache, "BenchmarkDotNet"))
        .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(NameWidth))
        .WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Method, MethodOrderPolicy.Declared))
        .HideColumns(Column.Mean, Column.Error, Column.StdDev)
        .AddColumn(StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max, new GflopsColumn())
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(4)
            .WithIterationCount(7)
            .WithIterationTime(TimeInterval.FromMilliseconds(150))
            .AsDefault());
}
