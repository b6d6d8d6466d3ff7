using System.Security.Cryptography;

namespace SamNative.Cli.Tests;

/// <summary>Everything below a folder, to be compared with another one.</summary>
internal static class FolderContents
{
    /// <summary>The path of each file, hidden ones too, with the hash of what it holds; sorted.</summary>
    public static string[] Of(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => $"{Path.GetRelativePath(folder, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}")
            .Order(StringComparer.Ordinal),
    ];
}
