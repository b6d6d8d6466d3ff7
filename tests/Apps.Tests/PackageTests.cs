using System.IO.Compression;
using System.Reflection.PortableExecutable;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>The packages as a user meets them: from a folder, in a project of his own outside this checkout.</summary>
public sealed class PackageTests(PackageTests.Packages packages) : IClassFixture<PackageTests.Packages>
{
    private static readonly string[] assemblies = ["SamNative.Kernels", "SamNative.Weights", "SamNative"];

    [Fact]
    public void The_library_is_one_package_of_managed_code_with_its_docs()
    {
        using ZipArchive package = packages.Open("SamNative");

        IEnumerable<string> files = package.Entries.Select(entry => entry.FullName)
            .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal)
                && !name.StartsWith("package/", StringComparison.Ordinal) && name != "[Content_Types].xml");
        IEnumerable<string> expected =
        [
            "README.md", "SamNative.nuspec", "buildTransitive/SamNative.targets",
            .. assemblies.SelectMany(name => (string[])[$"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml"]),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
        foreach (ZipArchiveEntry entry in package.Entries.Where(entry => entry.Name.EndsWith(".dll", StringComparison.Ordinal)))
        {
            using MemoryStream image = new(Read(entry));
            using PEReader reader = new(image);
            Assert.True(reader.PEHeaders.CorHeader!.Flags.HasFlag(CorFlags.ILOnly), entry.Name);
        }

        string description = System.Text.Encoding.UTF8.GetString(Read(package.GetEntry("SamNative.nuspec")!));
        Assert.Contains("<dependency id=\"System.Numerics.Tensors\"", description, StringComparison.Ordinal);
        Assert.Equal(2, description.Split("<dependency ").Length);
        Assert.Contains("<license type=\"expression\">Apache-2.0</license>", description, StringComparison.Ordinal);
    }

    [Fact]
    public void Symbols_of_all_three_assemblies_are_beside_it()
    {
        using ZipArchive symbols = ZipFile.OpenRead(packages.Find("SamNative", "snupkg"));

        Assert.Equal(
            assemblies.Select(name => $"lib/net10.0/{name}.pdb").Order(StringComparer.Ordinal),
            symbols.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith(".pdb", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_readmes_ten_lines_run_from_the_packages_without_a_warning()
    {
        string project = packages.NewProject("ten", "SamNative.Imaging");
        File.Copy(
            Path.Combine(ReferenceData.Root, "samples", "console", "Program.cs"), Path.Combine(project, "Program.cs"));

        Dotnet.Run(project, "build", "-v", "quiet", "-warnaserror", "-nodeReuse:false").Succeeded();

        Ran ran = Ran.Of("dotnet", [Path.Combine(project, "out", "ten.dll")]).Succeeded();
        Assert.Contains($"{TestFiles.SunMask().Area} pixels", ran.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_alone_brings_no_native_file_and_warns_where_native_aot_would_lose_the_vectors()
    {
        string project = packages.NewProject("alone", "SamNative");
        foreach (string source in Directory.GetFiles(Path.Combine(ReferenceData.Root, "samples", "embedded"), "*.cs"))
        {
            File.Copy(source, Path.Combine(project, Path.GetFileName(source)));
        }

        Dotnet.Run(project, "build", "-v", "quiet", "-warnaserror", "-nodeReuse:false", "-p:UseAppHost=false").Succeeded();
        Assert.Equal(
            ["SamNative.Kernels.dll", "SamNative.Weights.dll", "SamNative.dll", "System.Numerics.Tensors.dll", "alone.dll"],
            Directory.GetFiles(Path.Combine(project, "out"), "*", SearchOption.AllDirectories).Select(Path.GetFileName)
                .Where(name => !name!.EndsWith(".json", StringComparison.Ordinal)
                    && !name.EndsWith(".pdb", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));

        string Check(params string[] properties) => Dotnet.Run(
            project, ["msbuild", "-t:SamNativeCheckInstructionSet", "-v:quiet", "-p:PublishAot=true", .. properties])
            .Succeeded().Text;
        Assert.Contains("warning SAM0001", Check(), StringComparison.Ordinal);
        Assert.Empty(Check("-p:IlcInstructionSet=x86-64-v3").Trim());
        Assert.Empty(Check("-p:RuntimeIdentifier=linux-arm64").Trim());
    }

    [Fact]
    public void The_program_installs_as_a_tool()
    {
        string tools = packages.Folder.File("tools");
        Dotnet.Run(
            packages.Folder.Path, "tool", "install", "SamNative.Cli", "--tool-path", tools, "--configfile",
            packages.Folder.File("nuget.config")).Succeeded();

        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        Ran ran = Ran.Of(Path.Combine(tools, "samnative"), ["info"], environment: [("DOTNET_ROOT", root)]).Succeeded();

        Assert.Contains("isa", ran.Text, StringComparison.Ordinal);
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }

    /// <summary>
    /// The packages, packed once into a folder that is the only source of the projects made here; what else they need
    /// comes from where the restore of this checkout put it.
    /// </summary>
    public sealed class Packages : IDisposable
    {
        public Packages()
        {
            Folder = new TemporaryFolder();
            foreach (string project in (string[])["Model", "Imaging", "Web", "Cli"])
            {
                Ran packed = Dotnet.Run(
                    ReferenceData.Root, "pack", $"src/{project}", "-c", "Release", "-o", Folder.File("packages"), "-v",
                    "quiet", "-nodeReuse:false").Succeeded();
                Assert.DoesNotContain("warning", packed.Text, StringComparison.OrdinalIgnoreCase);
            }

            string restored = Dotnet.Run(Folder.Path, "nuget", "locals", "global-packages", "--list").Succeeded()
                .Text.Split(": ", 2)[1].Trim();
            File.WriteAllText(
                Folder.File("nuget.config"),
                $"""
                <configuration>
                  <config><add key="globalPackagesFolder" value="{Folder.File("installed")}" /></config>
                  <packageSources><clear /><add key="folder" value="{Folder.File("packages")}" /></packageSources>
                  <fallbackPackageFolders><clear /><add key="restored" value="{restored}" /></fallbackPackageFolders>
                </configuration>
                """);
        }

        public TemporaryFolder Folder { get; }

        /// <summary>The file of a package, whatever its version.</summary>
        public string Find(string id, string extension) => Directory.GetFiles(Folder.File("packages"), $"{id}.*.{extension}")
            .Single(path => char.IsAsciiDigit(Path.GetFileName(path)[id.Length + 1]));

        public ZipArchive Open(string id) => ZipFile.OpenRead(Find(id, "nupkg"));

        /// <summary>A program of nothing but one package.</summary>
        public string NewProject(string name, string package)
        {
            string folder = Directory.CreateDirectory(Folder.File(name)).FullName;
            string version = Path.GetFileNameWithoutExtension(Find(package, "nupkg"))[(package.Length + 1)..];
            File.WriteAllText(
                Path.Combine(folder, $"{name}.csproj"),
                $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable>
                    <OutputPath>out</OutputPath>
                    <AppendTargetFrameworkToOutputPath>false</AppendTargetFrameworkToOutputPath>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="{package}" Version="{version}" />
                  </ItemGroup>
                </Project>
                """);
            return folder;
        }

        public void Dispose() => Folder.Dispose();
    }
}
