using System.Runtime.InteropServices;
using System.Text;

namespace SamNative.Weights;

/// <summary>What a name in a folder stands for, told without opening it: opening a FIFO waits for its other end.</summary>
internal static class FileKind
{
    private const int CurrentFolder = -100;
    private const uint TypeIsWanted = 1;
    private const int AnswerBytes = 256;
    private const int ModeStart = 28;
    private const int TypeBits = 0xF000;
    private const int RegularType = 0x8000;

    /// <summary>
    /// Whether a path leads to a regular file, by links too, or to nothing at all. Only Linux is asked; elsewhere
    /// everything that is no folder counts as one.
    /// </summary>
    public static bool IsRegular(string path)
    {
        byte[] answer = new byte[AnswerBytes];
        return !TryAsk(path, answer) || (BitConverter.ToUInt16(answer, ModeStart) & TypeBits) == RegularType;
    }

    private static bool TryAsk(string path, byte[] answer)
    {
        try
        {
            byte[] name = Encoding.UTF8.GetBytes($"{path}\0");
            return OperatingSystem.IsLinux() && Statx(CurrentFolder, name, 0, TypeIsWanted, answer) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return false;
        }
    }

    /// <summary>Unlike those of stat, its answer is laid out in the same way on every processor.</summary>
    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, byte[] path, int flags, uint wanted, byte[] answer);
}
