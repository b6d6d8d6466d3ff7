using System.Text;
using System.Text.RegularExpressions;

namespace SamNative.Cli;

/// <summary>
/// A pattern of paths: * and ? stand for anything within a name, ** as a whole name for any number of folders. Shells
/// expand most patterns themselves; this is for those that do not, for **, and for more files than a command line
/// takes.
/// </summary>
internal sealed class Glob
{
    private readonly Regex pattern;

    private Glob(string root, string[] segments)
    {
        Root = root;
        IsDeep = segments.Length > 1 || segments[0] == "**";
        pattern = new Regex(ToRegex(segments), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    /// <summary>The folder up to the first name with a wildcard; it depends on the pattern alone.</summary>
    public string Root { get; }

    /// <summary>Whether folders below the root can hold matches.</summary>
    public bool IsDeep { get; }

    /// <summary>Whether a text has a wildcard.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    public static Glob Parse(string text)
    {
        string[] segments = text.Replace(Path.DirectorySeparatorChar, '/').Split('/');
        int wild = Array.FindIndex(segments, IsPattern);
        string root = string.Join('/', segments[..wild]);
        return new Glob(wild == 0 ? "." : $"{root}/", segments[wild..]);
    }

    /// <summary>Whether a path below the root, with / between the names, matches.</summary>
    public bool Matches(string relative) => pattern.IsMatch(relative);

    private static string ToRegex(string[] segments)
    {
        StringBuilder regex = new("^");
        for (int i = 0; i < segments.Length; i++)
        {
            bool isLast = i == segments.Length - 1;
            if (segments[i] == "**")
            {
                regex.Append(isLast ? ".*" : "(?:[^/]+/)*");
                continue;
            }

            string name = Regex.Escape(segments[i]).Replace("\\*", "[^/]*").Replace("\\?", "[^/]");
            regex.Append(name).Append(isLast ? "" : "/");
        }

        return regex.Append('$').ToString();
    }
}
