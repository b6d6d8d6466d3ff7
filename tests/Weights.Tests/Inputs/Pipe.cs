using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests.Inputs;

/// <summary>FIFOs for tests, which Windows does not have.</summary>
internal static class Pipe
{
    /// <summary>Makes one in a folder.</summary>
    public static string Make(TemporaryFolder folder, string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no FIFOs in folders");
        string path = folder.File(name);
        Ran.Of("mkfifo", [path]).Succeeded();
        return path;
    }

    /// <summary>Writes into one as soon as somebody reads, and closes it.</summary>
    public static Task Write(string path, byte[] content) => Task.Run(() =>
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Write);
        stream.Write(content);
    });
}
