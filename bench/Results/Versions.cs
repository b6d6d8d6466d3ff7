using System.Reflection;
using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>What exactly was measured.</summary>
internal static class Versions
{
    /// <summary>How much of a commit's hash tells it from all others.</summary>
    private const int HashLength = 10;

    /// <summary>Our own version, with the commit where the build knows it.</summary>
    public static string Ours => Of(typeof(SamModel));

    /// <summary>Ours, and how it ran.</summary>
    public static string Describe(IsaLevel isa, int threads) =>
        $"SamNative {Ours}, {isa.ToString().ToLowerInvariant()}, {threads} threads";

    /// <summary>The version an assembly says it has.</summary>
    public static string Of(Type type)
    {
        string version =
            type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        int plus = version.IndexOf('+');
        return plus < 0 ? version : version[..Math.Min(version.Length, plus + 1 + HashLength)];
    }
}
