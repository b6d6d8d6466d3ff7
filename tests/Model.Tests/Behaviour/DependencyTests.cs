using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>The direction of dependencies: kernels and weights know nothing of ours, the model those two, imaging the model.</summary>
public sealed class DependencyTests
{
    [Theory]
    [InlineData("SamNative.Kernels")]
    [InlineData("SamNative.Weights")]
    [InlineData("SamNative", "SamNative.Kernels", "SamNative.Weights", "System.Numerics.Tensors")]
    public void An_assembly_references_only_what_it_may(string name, params string[] allowed)
    {
        string[] references =
        [
            .. System.Reflection.Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!)
                .Where(reference => !IsFramework(reference)).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(allowed.Order(StringComparer.Ordinal), references);
    }

    /// <summary>The shared framework; System.Numerics.Tensors is a package.</summary>
    private static bool IsFramework(string reference) =>
        reference.StartsWith("System.", StringComparison.Ordinal) && reference != "System.Numerics.Tensors";
}
