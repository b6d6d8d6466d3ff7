using System.Diagnostics;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Whoever may write into the cache cannot have other files overwritten by a download.</summary>
public sealed class OwnFileTests : IDisposable
{
    private const string Precious = "precious";

    private readonly DownloadCase it = new();
    private readonly WorkFolder elsewhere = new();

    public OwnFileTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");

    public static TheoryData<string> Places => ["partial", "lock", "target"];

    public void Dispose()
    {
        it.Dispose();
        elsewhere.Dispose();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Nothing_is_written_through_a_link(string place)
    {
        string victim = elsewhere.File("victim");
        await File.WriteAllTextAsync(victim, Precious);
        Plant(place, path => File.CreateSymbolicLink(path, victim));

        await Refuses(place, "it is a link, and nothing is written through links", overwrite: true);

        Assert.Equal(Precious, await File.ReadAllTextAsync(victim));
        Assert.Equal(victim, new FileInfo(PathOf(place)).LinkTarget);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Nothing_is_made_through_a_link_to_nothing(string place)
    {
        string victim = elsewhere.File("victim");
        Plant(place, path => File.CreateSymbolicLink(path, victim));

        await Refuses(place, "it is a link, and nothing is written through links", overwrite: false);

        Assert.False(File.Exists(victim));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Nothing_is_written_into_a_file_of_another_user(string place)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Owners are known on Linux alone.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can make a file of another user.");
        Plant(place, path => File.WriteAllText(path, Precious));
        using (Process chown = Process.Start("chown", ["12345", PathOf(place)]))
        {
            await chown.WaitForExitAsync();
            Assert.Equal(0, chown.ExitCode);
        }

        await Refuses(place, "it belongs to another user", overwrite: true);

        Assert.Equal(Precious, await File.ReadAllTextAsync(PathOf(place)));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_pipe_is_not_waited_for(string place)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Kinds of files are known on Linux alone.");
        Plant(place, path =>
        {
            using Process mkfifo = Process.Start("mkfifo", [path]);
            mkfifo.WaitForExit();
            Assert.Equal(0, mkfifo.ExitCode);
        });

        await Refuses(place, "it is not a regular file", overwrite: true);
    }

    [Fact]
    public async Task A_file_that_is_exchanged_while_it_arrives_does_not_become_the_target()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Files are told apart on Linux alone.");
        using LyingServer server = new(asked =>
        {
            File.Delete(it.Partial);
            File.WriteAllText(it.Partial, "evil");
            return Reply.Honest(it.Content, asked);
        });

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(() => it.Fetch(server.Address));

        Assert.Contains("another program has put another file in its place", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(it.Target));
    }

    [Fact]
    public async Task A_folder_behind_a_link_is_used_and_one_that_all_may_write_to_is_named()
    {
        string folder = Path.GetDirectoryName(it.Target)!;
        Directory.CreateSymbolicLink(folder, elsewhere.Path);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(elsewhere.Path, (UnixFileMode)0b111_111_111);

        await it.Succeeds(asked => Reply.Honest(it.Content, asked));

        Assert.Contains("every user of this machine may replace files in", Assert.Single(it.Said), StringComparison.Ordinal);
    }

    private string PathOf(string place) => place switch
    {
        "partial" => it.Partial,
        "lock" => DownloadLock.PathOf(it.Target),
        _ => it.Target,
    };

    private void Plant(string place, Action<string> make)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(it.Target)!);
        make(PathOf(place));
    }

    private async Task Refuses(string place, string reason, bool overwrite)
    {
        using LyingServer server = new(asked => Reply.Honest(it.Content, asked));

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(
            () => it.Fetch(server.Address, overwrite));

        Assert.StartsWith($"{PathOf(place)} cannot be written: {reason}", error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }
}
