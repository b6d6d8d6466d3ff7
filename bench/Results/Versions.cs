using System.Reflection;

namespace SamNative.Bench;

/// <summary>What exactly was measured.</summary>
internal static class Versions
{
    /// <summary>Our own version, with the commit where the build knows it.</summary>
    public static string Ours => Of(typeof(SamModel));

    /// <summary>The version an assembly says it has.</summary>
    public static string Of(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
