using System.IO.MemoryMappedFiles;
using System.Text;

namespace SamNative.Tests.Support;

/// <summary>
/// What each thread of the tests is at, in a side file beside the test executable. A fault on a guard page ends the
/// process before any message; the file is then the only thing that says which kernel, ISA, shape and placement it was.
/// It is mapped, so that a note costs a copy and outlives the process, and is deleted when the process ends well.
/// </summary>
public static class RunningCase
{
    /// <summary>The file of a process: there while it runs, and after it crashed.</summary>
    public static string FileOf(int processId) =>
        Path.Combine(AppContext.BaseDirectory, $"running-case.{processId}.txt");

    private const int Slots = 64;
    private const int SlotBytes = 256;

    private static readonly MemoryMappedFile file = MemoryMappedFile.CreateFromFile(
        FileOf(Environment.ProcessId), FileMode.Create, null, Slots * SlotBytes);

    private static readonly MemoryMappedViewAccessor view = file.CreateViewAccessor();
    private static int slots;

    [ThreadStatic]
    private static byte[]? line;

    [ThreadStatic]
    private static int slot;

    static RunningCase() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        view.Dispose();
        file.Dispose();
        File.Delete(FileOf(Environment.ProcessId));
    };

    /// <summary>Notes what this thread does next.</summary>
    public static void Note(string what)
    {
        if (line is null)
        {
            line = new byte[SlotBytes];
            slot = (Interlocked.Increment(ref slots) - 1) % Slots;
        }

        line.AsSpan().Fill((byte)' ');
        Encoding.ASCII.GetBytes(what.AsSpan(0, Math.Min(what.Length, SlotBytes - 1)), line);
        line[SlotBytes - 1] = (byte)'\n';
        view.WriteArray(slot * SlotBytes, line, 0, SlotBytes);
    }
}
