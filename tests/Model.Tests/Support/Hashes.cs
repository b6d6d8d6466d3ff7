using System.Runtime.InteropServices;
using System.Text;

namespace SamNative.Model.Tests;

/// <summary>SHA-256 of what was computed.</summary>
internal static partial class Hashes
{
    public static string Of(ReadOnlySpan<float> values) => Of(MemoryMarshal.AsBytes(values));

    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));
}
