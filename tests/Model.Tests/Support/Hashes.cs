using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SamNative.Tests.Support;

namespace SamNative.Model.Tests;

/// <summary>SHA-256 of float values, and the committed ones that every machine must reproduce.</summary>
internal static partial class Hashes
{
    private static readonly string path = Path.Combine(ReferenceData.Root, "tests", "Model.Tests", "golden-hashes.json");

    public static string Of(ReadOnlySpan<float> values) => Of(MemoryMarshal.AsBytes(values));

    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>The committed hash of a result.</summary>
    public static string Golden(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.TryGetProperty(name, out JsonElement hash) ? hash.GetString()! : $"no hash of {name} is committed";
    }
}
