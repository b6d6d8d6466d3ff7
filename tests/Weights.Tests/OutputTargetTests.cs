using System.Net.Sockets;
using System.Runtime.Versioning;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Outputs that are no regular file, or that a link leads to.</summary>
public sealed class OutputTargetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("out.bin");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_link_stays_and_what_it_leads_to_is_replaced(bool existed)
    {
        // By way of a linked folder, from which .. leads elsewhere than its name says.
        Directory.CreateDirectory(folder.File("real/deep"));
        Directory.CreateSymbolicLink(folder.File("short"), Path.Combine("real", "deep"));
        File.CreateSymbolicLink(folder.File("real/deep/link"), Path.Combine("..", "out.bin"));
        if (existed)
        {
            File.WriteAllText(folder.File("real/out.bin"), "old and longer");
        }

        AtomicFile.Write(folder.File("short/link"), overwrite: existed, stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(folder.File("real/out.bin")));
        Assert.Equal(Path.Combine("..", "out.bin"), new FileInfo(folder.File("real/deep/link")).LinkTarget);
        Assert.Equal(["real", "short"], folder.Names);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.File("real")).Length);
    }

    [Fact]
    public void A_link_to_a_folder_stays_and_the_folder_is_replaced()
    {
        Directory.CreateDirectory(folder.File("real"));
        File.WriteAllText(folder.File("real/old"), "");
        Directory.CreateSymbolicLink(folder.File("link"), "real");

        AtomicFolder.Write(folder.File("link"), overwrite: true, made => File.WriteAllText(Path.Combine(made, "new"), ""));

        Assert.Equal([folder.File("real/new")], Directory.GetFileSystemEntries(folder.File("real")));
        Assert.Equal("real", new FileInfo(folder.File("link")).LinkTarget);
        Assert.Equal(["link", "real"], folder.Names);
    }

    [Fact]
    public void A_circle_of_links_is_refused()
    {
        File.CreateSymbolicLink(folder.File("a"), "b");
        File.CreateSymbolicLink(folder.File("b"), "a");

        AssertRefused(folder.File("a"), "is a link that leads in a circle: give another name.");
    }

    [Fact]
    public void A_link_to_a_file_that_exists_needs_leave_like_the_file()
    {
        File.WriteAllText(Target, "old");
        File.CreateSymbolicLink(folder.File("link"), "out.bin");

        AssertRefused(folder.File("link"), "exists: choose another name, or allow it to be overwritten.");
        Assert.Equal("old", File.ReadAllText(Target));
    }

    [Theory]
    [InlineData(0x1A0)]
    [InlineData(0x180)]
    [InlineData(0x1FF)]
    [InlineData(0x124)]
    [UnsupportedOSPlatform("windows")]
    public void Permissions_of_a_file_that_is_replaced_stay(int mode)
    {
        SkipOnWindows();
        File.WriteAllText(Target, "old");
        File.SetUnixFileMode(Target, (UnixFileMode)mode);

        AtomicFile.Write(Target, overwrite: true, stream =>
        {
            UnixFileMode meanwhile = File.GetUnixFileMode(Directory.GetFiles(folder.Path, ".*").Single());
            Assert.Equal((UnixFileMode)0, meanwhile & ~((UnixFileMode)mode | UnixFileMode.UserRead | UnixFileMode.UserWrite));
            stream.Write("new"u8);
        });

        Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(Target));
        Assert.Equal("new", File.ReadAllText(Target));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_that_was_closed_to_others_stays_so()
    {
        SkipOnWindows();
        Directory.CreateDirectory(Target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        AtomicFolder.Write(Target, overwrite: true, made => File.WriteAllText(Path.Combine(made, "new"), ""));

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void Owner_and_group_of_what_is_replaced_stay_where_this_user_may_give_it_away()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root gives files away");
        File.WriteAllText(Target, "old");
        Directory.CreateDirectory(folder.File("folder"));
        Ran.Of("chown", ["12345:23456", Target, folder.File("folder")]).Succeeded();

        AtomicFile.Write(Target, overwrite: true, stream => stream.Write("new"u8));
        AtomicFolder.Write(folder.File("folder"), overwrite: true, _ => { });

        Assert.All([Target, folder.File("folder")], path =>
        {
            FileStatus status = FileStatus.Of(path);
            Assert.Equal((12345u, 23456u), (status.Owner!.Value, status.Group!.Value));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pipe_is_written_to_and_stays(bool overwrite)
    {
        SkipOnWindows();
        Ran.Of("mkfifo", [Target]).Succeeded();
        byte[] content = new byte[200_000];
        Random.Shared.NextBytes(content);
        byte[] piped = [];
        Thread reader = new(() => piped = File.ReadAllBytes(Target));
        reader.Start();

        AtomicFile.Write(Target, overwrite, stream => stream.Write(content));

        Assert.True(reader.Join(TimeSpan.FromSeconds(60)));
        Assert.Equal(content, piped);
        Assert.Equal(FileKind.Pipe, FileStatus.Of(Target).Kind);
        Assert.Equal(["out.bin"], folder.Names);
    }

    [Fact]
    public void A_device_is_written_to_and_a_full_one_gives_a_sentence()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is of Linux");
        // By links: a mistake must not cost the machine its devices.
        File.CreateSymbolicLink(folder.File("full"), "/dev/full");
        File.CreateSymbolicLink(folder.File("null"), "/dev/null");

        AtomicFile.Write(folder.File("null"), overwrite: false, stream => stream.Write(new byte[100_000]));
        IOException error = Assert.Throws<IOException>(
            () => AtomicFile.Write(folder.File("full"), overwrite: true, stream => stream.Write(new byte[100_000])));

        Assert.Equal($"{folder.File("full")} cannot be written: the disk is full.", error.Message);
        Assert.Equal(FileKind.Character, FileStatus.Of("/dev/full").Kind);
        Assert.Equal(FileKind.Character, FileStatus.Of("/dev/null").Kind);
        Assert.Equal(["full", "null"], folder.Names);
    }

    [Fact]
    public void An_open_file_is_written_to_by_its_number()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/fd is read by Linux's rules here");
        using FileStream open = new(Target, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        string path = $"/dev/fd/{open.SafeFileHandle.DangerousGetHandle()}";
        string before = FileStatus.Of(Target).Identity!;

        AtomicFile.Write(path, overwrite: true, stream => stream.Write("new"u8));

        Assert.Equal(before, FileStatus.Of(Target).Identity);
        using StreamReader text = new(open);
        Assert.Equal("new", text.ReadToEnd());
        AssertRefused("/dev/fd/987654", "nothing is open under that number.");
    }

    [Fact]
    public void A_socket_is_refused()
    {
        SkipOnWindows();
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Target));

        AssertRefused(Target, "is a socket: give a file, a pipe or a device.");
    }

    [Fact]
    public void A_name_with_a_separator_at_its_end_is_a_folder() =>
        AssertRefused(folder.File("none") + "/", "is a folder: give the name of a file.");

    [Fact]
    public void Errors_name_the_path_that_was_given()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is of Linux");
        Exception file = Assert.ThrowsAny<Exception>(
            () => AtomicFile.Write("/proc/self/out.bin", overwrite: false, stream => stream.Write([1])));
        Exception made = Assert.ThrowsAny<Exception>(() => AtomicFolder.Write("/proc/self/out", false, _ => { }));

        Assert.StartsWith("/proc/self/out.bin cannot be written: ", file.Message);
        Assert.StartsWith("/proc/self/out cannot be written: ", made.Message);
        Assert.DoesNotContain(".tmp", file.Message + made.Message);
        Assert.True(file is IOException or UnauthorizedAccessException);
    }

    [Fact]
    public void A_disk_that_is_full_in_the_middle_is_named_by_the_path_that_was_given()
    {
        IOException error = Assert.Throws<IOException>(() => AtomicFile.Write(
            Target, overwrite: false, _ => throw new IOException("No space left on device : '/tmp/.x.tmp'", 28)));
        // What is read meanwhile has its own name.
        IOException other = Assert.Throws<IOException>(() => AtomicFile.Write(
            Target, overwrite: false, _ => throw new IOException("Input/output error : '/other'", 5)));

        Assert.Equal(OperatingSystem.IsWindows() ? error.Message : $"{Target} cannot be written: the disk is full.", error.Message);
        Assert.Equal("Input/output error : '/other'", other.Message);
        Assert.Empty(folder.Names);
    }

    private static void SkipOnWindows() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has none of that");

    private static void AssertRefused(string path, string saying)
    {
        IOException error = Assert.ThrowsAny<IOException>(
            () => AtomicFile.Write(path, overwrite: false, _ => Assert.Fail("nothing should be written")));
        Assert.StartsWith(path, error.Message);
        Assert.EndsWith(saying, error.Message);
    }
}
