using System.Xml.Linq;
using SamNative.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace SamNative.Cli.Tests;

/// <summary>
/// What samples/scale-out tells clusters to run, run here: every index of every sample, as written, on small pictures.
/// A cluster and Docker are not to be had in a test.
/// </summary>
public sealed class ScaleOutTests : IDisposable
{
    private const int Pictures = 19;

    private static readonly string samples = Path.Combine(ReferenceData.Root, "samples", "scale-out");

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_Kubernetes_job_does_every_picture_once()
    {
        YamlNode job = LoadYaml("indexed-job.yaml");
        YamlNode spec = job["spec"];
        YamlNode container = Assert.Single(((YamlSequenceNode)spec["template"]["spec"]["containers"]).Children);
        int completions = int.Parse(spec["completions"].ToString());
        string[] arguments = [.. ((YamlSequenceNode)container["args"]).Children.Select(node => node.ToString())];
        Assert.Equal(("batch/v1", "Job"), (job["apiVersion"].ToString(), job["kind"].ToString()));
        Assert.Equal("Indexed", spec["completionMode"].ToString());
        Assert.True(int.Parse(spec["parallelism"].ToString()) <= completions);
        AssertPolicy(spec, container);

        // The claim is mounted at /data; here it is a folder.
        string mount = Assert.Single(((YamlSequenceNode)container["volumeMounts"]).Children)["mountPath"].ToString();
        (string Name, string Value)[] environment =
        [
            .. ((YamlSequenceNode)container["env"]).Children
                .Select(variable => (variable["name"].ToString(), Here(variable["value"].ToString()))),
        ];
        PutModel(environment.Single(variable => variable.Name == ModelPlaces.HomeVariable).Value);
        DrawnPictures.Write(Here($"{mount}/pictures"), Pictures, seed: 11);

        AssertWhole(completions, Here($"{mount}/embeddings"), Run);

        Ran Run(int index)
        {
            string[] expanded =
                [.. arguments.Select(argument => argument.Replace("$(JOB_COMPLETION_INDEX)", $"{index}")).Select(Here)];
            Assert.Empty(Program.Parse(expanded).Errors);
            return Samnative.Run(folder, [], environment, expanded);
        }

        string Here(string path) => path.StartsWith(mount, StringComparison.Ordinal) ? folder.File(path[1..]) : path;
    }

    [Fact]
    public void The_Slurm_array_does_every_picture_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no Slurm on Windows");
        string script = Path.Combine(samples, "slurm-array.sh");
        (string Option, string Value)[] options =
        [
            .. File.ReadLines(script).Where(line => line.StartsWith("#SBATCH --", StringComparison.Ordinal))
                .Select(line => line["#SBATCH --".Length..].Split('='))
                .Select(parts => (parts[0], parts.ElementAtOrDefault(1) ?? "")),
        ];
        string array = options.Single(option => option.Option == "array").Value;
        Assert.StartsWith("0-", array, StringComparison.Ordinal);
        PutModel(folder.Cache);
        DrawnPictures.Write(folder.File("in"), Pictures, seed: 12);
        File.CreateSymbolicLink(Path.Combine(folder.Cache, "samnative"), RunningProgram.Samnative);

        AssertWhole(int.Parse(array[2..]) + 1, folder.File("out"), Run);

        Ran Run(int index) => Ran.Of(
            "bash", [script, "in", "out"], folder.Path,
            [
                ("PATH", $"{folder.Cache}:{Environment.GetEnvironmentVariable("PATH")}"),
                (ModelPlaces.HomeVariable, folder.Cache),
                ("SLURM_ARRAY_TASK_ID", $"{index}"),
                ("SLURM_CPUS_PER_TASK", options.Single(option => option.Option == "cpus-per-task").Value),
                // Slurm counts the tasks of this submission, here one.
                ("SLURM_ARRAY_TASK_COUNT", "1"),
            ]);
    }

    [Fact]
    public void The_Dockerfile_copies_what_the_program_is_built_from_and_starts_it()
    {
        string[][] lines =
        [
            .. File.ReadLines(Path.Combine(samples, "Dockerfile")).Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        ];
        string[] stages = [.. lines.Where(line => line is ["FROM", _, "AS", _]).Select(line => line[3])];
        string[] sources =
            [.. lines.Where(line => line is ["COPY", ..] && !IsFromStage(line)).SelectMany(line => line[1..^1])];
        string[] fromStages = [.. lines.Where(IsFromStage).Select(line => line[1]["--from=".Length..])];

        Assert.Equal(["build"], stages);
        Assert.Equal(stages, fromStages);
        Assert.All(sources, source => Assert.True(Path.Exists(Path.Combine(ReferenceData.Root, source)), source));
        Assert.All(
            NeededBy(Path.Combine("src", "Cli", "SamNative.Cli.csproj")),
            needed => Assert.Contains(sources, source => needed.StartsWith(source, StringComparison.Ordinal)));
        string[] publish = Assert.Single(lines, line => line is ["RUN", "dotnet", "publish", ..]);
        Assert.True(File.Exists(Path.Combine(ReferenceData.Root, publish[3], "SamNative.Cli.csproj")), publish[3]);
        string place = publish[^1];
        Assert.Equal(["COPY", "--from=build", place, place], Assert.Single(lines, IsFromStage));
        Assert.Equal(["ENTRYPOINT", $"[\"{place}/samnative\"]"], lines[^1]);

        static bool IsFromStage(string[] line) =>
            line is ["COPY", string option, ..] && option.StartsWith("--from=", StringComparison.Ordinal);
    }

    /// <summary>What a project and those it refers to are made of, as paths from the root.</summary>
    private static string[] NeededBy(string project)
    {
        string[] kinds = ["ProjectReference", "EmbeddedResource", "AdditionalFiles", "Compile"];
        string path = Path.Combine(ReferenceData.Root, project);
        IEnumerable<string> included = XDocument.Load(path).Descendants()
            .Where(item => kinds.Contains(item.Name.LocalName))
            .Select(item => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, (string)item.Attribute("Include")!)))
            .Select(item => Path.GetRelativePath(ReferenceData.Root, item));
        IEnumerable<string> all = included.SelectMany(
            item => Path.GetExtension(item) == ".csproj" ? NeededBy(item) : [item]);
        string[] common = ["global.json", ".editorconfig", "Directory.Build.props", "Directory.Packages.props"];
        return [.. all, project, .. common];
    }

    private static void AssertPolicy(YamlNode spec, YamlNode container)
    {
        YamlNode[] rules = [.. ((YamlSequenceNode)spec["podFailurePolicy"]["rules"]).Children];
        YamlNode codes = Assert.Single(rules, rule => rule["action"].ToString() == "FailJob")["onExitCodes"];
        Assert.Equal(container["name"], codes["containerName"]);
        Assert.Equal($"{ExitCodes.WrongUsage}", Assert.Single(((YamlSequenceNode)codes["values"]).Children).ToString());
        Assert.Equal("Never", spec["template"]["spec"]["restartPolicy"].ToString());
    }

    /// <summary>
    /// Runs all indexes, one of them once more after part of its work was lost, and compares with a run without shards.
    /// </summary>
    private void AssertWhole(int count, string output, Func<int, Ran> run)
    {
        List<string> written = [];
        for (int index = 0; index < count; index++)
        {
            written.AddRange(Written(run(index)));
        }

        Assert.Equal(Pictures, written.Count);
        Assert.Equal(Pictures, written.Distinct().Count());
        string[] whole = FolderContents.Of(output);
        File.Delete(written[1]);
        for (int index = 0; index < count; index++)
        {
            Assert.Equal(index == 0 ? [written[1]] : [], Written(run(index)));
        }

        Assert.Equal(whole, FolderContents.Of(output));
        string pictures = Directory.Exists(folder.File("in")) ? folder.File("in") : folder.File("data/pictures");
        Samnative.Run(folder, "encode", pictures, "-r", "-m", "tiny.safetensors", "-o", "one").Succeeded();
        Assert.Equal(whole, FolderContents.Of(folder.File("one")));
    }

    private string[] Written(Ran ran) =>
    [
        .. ran.Succeeded().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Path.Combine(folder.Path, line.Split(": ")[0])),
    ];

    /// <summary>Puts the tiny model where the program looks for vit_b.</summary>
    private void PutModel(string home)
    {
        string tiny = TestFiles.SynthTiny(folder);
        Directory.CreateDirectory(home);
        File.Copy(folder.File(tiny), Path.Combine(home, "vit_b.safetensors"));
    }

    private static YamlNode LoadYaml(string name)
    {
        using StreamReader reader = new(Path.Combine(samples, name));
        YamlStream yaml = [];
        yaml.Load(reader);
        return Assert.Single(yaml.Documents).RootNode;
    }
}
