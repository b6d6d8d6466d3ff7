using System.IO.Enumeration;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Finds the pictures that arguments mean, and gives each its name.</summary>
/// <param name="recursive">Whether folders are searched with all folders in them.</param>
/// <param name="cancellation">Ends the waiting for a list that is no regular file.</param>
/// <param name="outputs">The folders that results go to: not searched, even where they lie among the pictures.</param>
internal sealed class PictureSearch(
    bool recursive, CancellationToken cancellation, params IEnumerable<string> outputs)
{
    private const int MaxListBytes = 64 << 20;

    private readonly HashSet<string> excluded = [.. outputs.Select(FullPath)];
    private readonly Dictionary<string, string> found = new(StringComparer.Ordinal);
    private readonly HashSet<string> roots = new(StringComparer.Ordinal);
    private readonly List<string> passedOver = [];
    private readonly SortedSet<string> otherFormats = new(StringComparer.Ordinal);

    /// <summary>What is called as pictures are in the folders, but is a FIFO, a device or a socket.</summary>
    public IReadOnlyList<string> PassedOver => passedOver;

    /// <summary>The pictures in the folders that are of formats which are not read.</summary>
    public IReadOnlyCollection<string> OtherFormats => otherFormats;

    /// <summary>Adds a file, a folder, a pattern, or @ and a file with a list.</summary>
    /// <exception cref="CommandFailedException">It means no picture.</exception>
    public void Add(string input)
    {
        if (Directory.Exists(input))
        {
            AddMatches(input, recursive, _ => true, $"{Printable.Plain(input)} holds no pictures");
        }
        else if (File.Exists(input))
        {
            AddFile(input);
        }
        else if (IsList(input))
        {
            AddList(input[1..]);
        }
        else if (Glob.IsPattern(input))
        {
            Glob glob = Glob.Parse(input);
            AddMatches(glob.Root, glob.IsDeep, glob.Matches, $"{Printable.Plain(input)} matches no pictures");
        }
        else
        {
            // It is named with the bad ones when its turn comes.
            AddFile(input);
        }
    }

    /// <summary>Adds the pictures that a file names, one path a line; - reads stdin.</summary>
    /// <exception cref="CommandFailedException">It names none.</exception>
    public void AddList(string list)
    {
        Stream stream = list == Output.Standard
            ? InputFile.OpenStandard(cancellation)
            : InputFile.Open(list, cancellation);
        string text = InputFile.ReadText(stream, Printable.Plain(list), MaxListBytes);
        string[] paths = [.. WrittenText.Lines(text).Where(path => path.Length > 0)];
        if (paths.Length == 0)
        {
            throw new CommandFailedException($"{Printable.Plain(list)} names no pictures: put one path on each line.");
        }

        foreach (string path in paths)
        {
            AddFile(path);
        }
    }

    /// <summary>All pictures that were added, each once, sorted by name.</summary>
    /// <exception cref="CommandFailedException">They have no folder in common.</exception>
    public IReadOnlyList<Picture> Sorted()
    {
        string root = CommonRoot();
        return
        [
            .. found.Select(file => new Picture(NameIn(root, file.Key), file.Value))
                .OrderBy(picture => picture.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether an argument is @ and a list of pictures; a file of that very name goes first.</summary>
    public static bool IsList(string input) => input.Length > 1 && input[0] == '@' && !File.Exists(input);

    private void AddFile(string path)
    {
        string full = Path.GetFullPath(path);
        roots.Add(Path.GetDirectoryName(full) ?? full);
        found.TryAdd(full, path == Output.Standard ? Path.Combine(".", path) : path);
    }

    private void AddMatches(string folder, bool deep, Func<string, bool> matches, string otherwise)
    {
        string root = FullPath(folder);
        bool any = false;
        IEnumerable<string> files = Directory.Exists(folder) ? Walk(folder, deep) : [];
        foreach (string path in files)
        {
            string full = Path.GetFullPath(path);
            if (!matches(NameIn(root, full)))
            {
                continue;
            }

            if (PictureNames.IsOther(path))
            {
                otherFormats.Add(path);
            }
            else if (PictureNames.IsRead(path))
            {
                if (FileStatus.Of(path).Kind is FileKind.Regular or FileKind.Missing)
                {
                    found.TryAdd(full, path);
                    any = true;
                }
                else
                {
                    passedOver.Add(path);
                }
            }
        }

        if (!any)
        {
            string others = PictureNames.Describe(otherFormats) is { } description ? $" {description}" : "";
            throw new CommandFailedException($"{otherwise} ({string.Join(", ", PictureNames.Read)}).{others}");
        }

        roots.Add(root);
    }

    /// <summary>
    /// The files of a folder. Links to folders are not followed, for they may lead round in circles. Hidden files are
    /// left out, as by shells: other systems' thumbnails and resource forks end in .png too. A folder that may not be
    /// read is an error: its pictures would be missed without a word.
    /// </summary>
    private FileSystemEnumerable<string> Walk(string folder, bool deep)
    {
        EnumerationOptions options = new()
        {
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
            IgnoreInaccessible = false,
            RecurseSubdirectories = deep,
        };
        return new FileSystemEnumerable<string>(folder, static (ref entry) => entry.ToSpecifiedFullPath(), options)
        {
            ShouldIncludePredicate = static (ref entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint)
                && !excluded.Contains(FullPath(entry.ToFullPath())),
        };
    }

    private string CommonRoot()
    {
        string? common = roots.First();
        foreach (string root in roots)
        {
            while (common is not null && !IsWithin(root, common))
            {
                common = Path.GetDirectoryName(common);
            }
        }

        return common ?? throw new CommandFailedException(
            "The pictures lie on several drives: give those of each drive in a run of their own.");
    }

    private static bool IsWithin(string path, string folder)
    {
        string relative = Path.GetRelativePath(folder, path);
        return !Path.IsPathRooted(relative) && relative.Split(Path.DirectorySeparatorChar)[0] != "..";
    }

    private static string NameIn(string root, string full) =>
        Path.GetRelativePath(root, full).Replace(Path.DirectorySeparatorChar, '/');

    private static string FullPath(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
}
