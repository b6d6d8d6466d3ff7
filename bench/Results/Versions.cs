using System.Reflection;

namespace SamNative.Bench;

/// <summary>What exactly was measured.</summary>
internal static class Versions
{
    /// <summary>How much of a commit's hash tells it from all others.</summary>
    private const int HashLength = 10;

    /// <summary>Our own version, with the commit where the build knows it.</summary>
    public static string Ours => Of(typeof(SamModel));

    /// <summary>The version an assembly says it has.</summary>
    public static string Of(Type type)
    {
        string version =
            type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        int plus = version.IndexOf('+');
        return plus < 0 ? version : version[..Math.Min(version.Length, plus + 1 + HashLength)];
    }
}
