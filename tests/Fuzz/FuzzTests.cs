using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Fuzz.Tests;

/// <summary>
/// Whatever a file holds, a reader accepts it or refuses it by its own exception, in a short time, with little memory and
/// nothing on the disk. The same mutations in every run; SAMNATIVE_LONG=1 tries ten times as many, and the script
/// <c>fuzz</c> goes on for hours.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const int Mutations = 20_000;
    private static readonly TimeSpan maxTime = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder folder = new();
    private readonly string before = Environment.CurrentDirectory;

    public FuzzTests() => Environment.CurrentDirectory = folder.Path;

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    private static int Times { get; } = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1" ? 10 : 1;

    public void Dispose()
    {
        Environment.CurrentDirectory = before;
        folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Seeds_are_accepted(string name)
    {
        FuzzTarget target = FuzzTargets.TryFind(name)!;

        foreach (byte[] seed in target.Seeds)
        {
            target.Read(seed);
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_once_broke_a_reader_does_so_no_more(string name)
    {
        FuzzTarget target = FuzzTargets.TryFind(name)!;

        Assert.All(Regressions.Of(name), path => Assert.Null(Trial.Of(target, File.ReadAllBytes(path)).Problem));
    }

    [Fact]
    public void Every_regression_belongs_to_a_target() =>
        Assert.Subset(
            FuzzTargets.Names.ToHashSet(StringComparer.Ordinal),
            Directory.GetDirectories(Regressions.Folder).Select(path => Path.GetFileName(path)!).ToHashSet());

    [Theory]
    [MemberData(nameof(Targets))]
    public void Twenty_thousand_mutations_break_nothing(string name)
    {
        FuzzTarget target = FuzzTargets.TryFind(name)!;
        Warm(target);
        Campaign campaign = new(target);
        TimeSpan start = ProcessorTime.OfThread;

        campaign.Run(first: 0, Mutations * Times);

        Assert.True(campaign.Finds.Count == 0, string.Join(Environment.NewLine, campaign.Finds.Take(3)));
        TimeSpan time = ProcessorTime.OfThread - start;
        Assert.True(time < maxTime * Times, $"{time}");
        Assert.Empty(folder.Names);
        Assert.True(campaign.Refused > Mutations / 5, $"only {campaign.Refused} refused: the mutations are too tame");
        Assert.True(campaign.Accepted > Mutations / 100, $"only {campaign.Accepted} accepted: they are too wild");
    }

    // The first files are slow, since the reader is compiled with them.
    private static void Warm(FuzzTarget target)
    {
        foreach (int number in Enumerable.Range(-50, 50))
        {
            _ = Trial.Of(target, target.Mutation(number));
        }
    }
}
