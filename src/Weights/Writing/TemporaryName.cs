using System.Security.Cryptography;
using System.Text;

namespace SamNative.Weights;

/// <summary>
/// The names under which files and folders are made before they get their own, beside their place:
/// <c>.NAME.RANDOM.tmp</c>, and for a folder two more with the same random part. A long NAME is shortened, so that these
/// names fit wherever the result's own does.
/// </summary>
internal static class TemporaryName
{
    /// <summary>What is being made, a file or a folder.</summary>
    public const string Ending = ".tmp";

    /// <summary>The file whose lock says that a process is making the folder.</summary>
    public const string LockEnding = ".tmp-lock";

    /// <summary>The folder that steps aside for it.</summary>
    public const string OldEnding = ".tmp-old";

    /// <summary>A name of up to so many bytes stays as it is: with all that is added far below any limit.</summary>
    private const int MostBytes = 80;

    /// <summary>What stays of a longer one, before its hash.</summary>
    private const int KeptBytes = 60;
    private const int HashBytes = 8;

    /// <summary>A point, eight characters, a point, and three more: what Path.GetRandomFileName makes.</summary>
    private const int RandomLength = 1 + 8 + 1 + 3;

    private static readonly string[] endings = [Ending, LockEnding, OldEnding];

    /// <summary>A new path beside a target, without an ending.</summary>
    /// <param name="target">The full path.</param>
    public static string NewStem(string target) => $"{OwnerOf(target)}.{Path.GetRandomFileName()}";

    /// <summary>
    /// What all temporary paths of a target begin with, by which they are told from those of others.
    /// </summary>
    /// <param name="target">The full path.</param>
    public static string OwnerOf(string target) => Beside(target, before: ".", after: "");

    /// <summary>What <see cref="OwnerOf(string)"/> gives for the target of a temporary path.</summary>
    /// <param name="stem">The path without its ending.</param>
    /// <returns>Null where the name is no temporary one.</returns>
    public static string? OwnerOfTemporary(string path, out string stem)
    {
        string? ending = endings.FirstOrDefault(ending => path.EndsWith(ending, StringComparison.Ordinal));
        stem = ending is null ? path : path[..^ending.Length];
        string name = Path.GetFileName(stem);
        int length = name.Length - RandomLength;
        bool isOurs = ending is not null && length > 1 && name[0] == '.' && name[length] == '.' && name[length + 9] == '.';
        return isOurs ? stem[..^RandomLength] : null;
    }

    /// <summary>A path beside a target, always the same, whose name has something before and after it.</summary>
    /// <param name="target">The full path.</param>
    public static string Beside(string target, string before, string after) => Path.Combine(
        Path.GetDirectoryName(target)!, $"{before}{Shortened(Path.GetFileName(target))}{after}");

    /// <summary>A long name keeps its beginning, and a hash of all of it takes the place of the rest.</summary>
    private static string Shortened(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length <= MostBytes)
        {
            return name;
        }

        StringBuilder kept = new();
        int length = 0;
        foreach (Rune character in name.EnumerateRunes())
        {
            length += character.Utf8SequenceLength;
            if (length > KeptBytes)
            {
                break;
            }

            kept.Append(character.ToString());
        }

        return $"{kept}~{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, HashBytes))}";
    }
}
