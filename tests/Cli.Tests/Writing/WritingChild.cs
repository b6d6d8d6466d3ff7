using System.Diagnostics;
using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Cli.Tests;

/// <summary>What a process makes that is going to be killed, or has another beside it.</summary>
public enum Made
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A folder, which is swapped for the old one.</summary>
    Folder,

    /// <summary>A folder, for which the old one steps aside.</summary>
    FolderInTwoSteps,
}

/// <summary>A process that writes the same file or folder again and again, and dies at a step between if it is told to.</summary>
internal static class WritingChild
{
    /// <summary>The first argument that makes the tests be this process.</summary>
    public const string Word = "writing-child";

    /// <summary>The files of a folder.</summary>
    private const int Files = 5;

    /// <summary>Starts it.</summary>
    /// <param name="text">One letter that all content is made of.</param>
    /// <param name="killAt">At which step it dies, from 1 on; 0 for never.</param>
    /// <param name="lockedByRuntime">Whether the runtime locks files that it opens: the environment may forbid it.</param>
    public static RunningProgram Start(
        Made made, string target, char text, int rounds, int killAt, bool lockedByRuntime = true) => RunningProgram.Start(
        Environment.ProcessPath!, [Word, $"{made}", target, $"{text}", $"{rounds}", $"{killAt}"],
        environment: [("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", lockedByRuntime ? null : "1")]);

    /// <summary>What it does.</summary>
    public static void Run(string[] arguments)
    {
        int left = int.Parse(arguments[4]);
        KillPoint.OnReached = () =>
        {
            if (--left == 0)
            {
                Process.GetCurrentProcess().Kill();
                Thread.Sleep(Timeout.Infinite);
            }
        };
        for (int round = 0; round < int.Parse(arguments[3]); round++)
        {
            Leftovers.RemoveBelow(Path.GetDirectoryName(arguments[1])!, [arguments[1]]);
            Write(Enum.Parse<Made>(arguments[0]), arguments[1], arguments[2][0]);
        }
    }

    /// <summary>Writes it once.</summary>
    public static void Write(Made made, string target, char text)
    {
        if (made is Made.File)
        {
            AtomicFile.Write(target, overwrite: true, stream => stream.Write(Content(text)));
            return;
        }

        AtomicFolder.NeverSwaps = made is Made.FolderInTwoSteps;
        AtomicFolder.Write(target, overwrite: true, folder =>
        {
            for (int i = 0; i < Files; i++)
            {
                File.WriteAllBytes(Path.Combine(folder, $"{i}"), Content(text));
                KillPoint.Reached();
            }
        });
        AtomicFolder.NeverSwaps = false;
    }

    /// <summary>Reads a file whose writer may hold it for another moment.</summary>
    private static byte[] ReadWhileHeld(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using MemoryStream content = new();
        file.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>The letter that it is made of, where it is whole.</summary>
    /// <returns>Null where there is nothing; a question mark where it is not whole.</returns>
    public static char? Read(Made made, string target)
    {
        string[] parts = made is Made.File ? [target]
            : Directory.Exists(target) ? [.. Directory.GetFiles(target)]
            : [];
        if (!Path.Exists(target))
        {
            return null;
        }

        byte[][] contents = [.. parts.Select(ReadWhileHeld)];
        char text = contents.Length == 0 ? '?' : (char)contents[0].FirstOrDefault((byte)'?');
        bool isWhole = contents.Length == (made is Made.File ? 1 : Files)
            && contents.All(content => content.AsSpan().SequenceEqual(Content(text)));
        return isWhole ? text : '?';
    }

    private static byte[] Content(char text) => [.. Enumerable.Repeat((byte)text, 50_000)];
}
