using System.Reflection;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class DependencyTests
{
    [Fact]
    public void The_weights_library_needs_the_runtime_alone()
    {
        Assembly library = typeof(TensorSource).Assembly;
        AssemblyName[] references = library.GetReferencedAssemblies();

        Assert.Contains(references, reference => reference.Name == "System.Runtime");
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Assert.All(references, reference =>
            Assert.True(File.Exists(Path.Combine(runtime, $"{reference.Name}.dll")), reference.FullName));
    }
}
