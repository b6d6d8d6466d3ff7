using System.Diagnostics.CodeAnalysis;

namespace SamNative.Tests.Support;

/// <summary>Checks of what also runs without a test framework: the message says what is wrong.</summary>
public static class Verify
{
    public static void That([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException(message);
        }
    }
}
