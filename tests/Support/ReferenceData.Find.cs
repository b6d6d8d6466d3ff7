using Xunit;

namespace SamNative.Tests.Support;

public static partial class ReferenceData
{
    /// <summary>The path of a reference file; skips the running test with a reason where it is missing.</summary>
    public static string Find(string name)
    {
        string? path = TryFind(name);
        Assert.SkipWhen(path is null, $"{name} is not in tests/data and ../shared/reference is not beside the checkout");
        return path!;
    }
}
