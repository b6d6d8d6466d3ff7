using System.Security.Cryptography;

namespace SamNative.Model.Tests;

internal static partial class Hashes
{
    private static string Of(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));
}
