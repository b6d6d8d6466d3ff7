using System.Reflection;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class DependencyTests
{
    [Fact]
    public void Every_project_has_a_list_of_its_packages_and_none_says_where_they_come_from()
    {
        string[] projects =
        [
            .. new[] { "src", "tests", "bench", "samples" }.SelectMany(folder => Directory.GetFiles(
                Path.Combine(ReferenceData.Root, folder), "*.csproj", SearchOption.AllDirectories)),
        ];

        // What is compiled ahead of time needs packages for the machine it is compiled on.
        projects = [.. projects.Where(project => !File.ReadAllText(project).Contains("<PublishAot>", StringComparison.Ordinal))];

        Assert.True(projects.Length > 20, $"{projects.Length} projects");
        Assert.All(projects, project =>
        {
            string list = File.ReadAllText(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json"));
            Assert.Contains("\"contentHash\": ", list);
            Assert.DoesNotContain("://", list);
            Assert.DoesNotContain("linux-", list);
        });
    }

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
