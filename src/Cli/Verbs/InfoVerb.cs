using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using SamNative.Kernels;

namespace SamNative.Cli;

/// <summary>What the program is, what it found, and what it will use.</summary>
internal sealed class InfoVerb : Verb
{
    private readonly Option<bool> json = SharedOptions.Json();

    public InfoVerb()
        : base("info", "Show version, instruction sets, kernels, threads, memory and the models in the caches.")
    {
        Add(json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        InfoResult info = InfoResult.Gather();
        if (parsed.GetValue(json))
        {
            Json.Print(info, InfoJson.Default.InfoResult);
        }
        else
        {
            Print(info, Console.Out);
        }
    }

    private static void Print(InfoResult info, TextWriter writer)
    {
        Table about = new("samnative", info.Version);
        about.Add("system", $"{info.Os}, {info.Architecture}, {info.Runtime}");
        string compiled = string.Join(", ", info.Isa.Compiled);
        about.Add("isa", $"{info.Isa.Used} used, compiled in: {compiled}; the processor has {info.Isa.Processor}");
        if (SamNative.Kernels.Isa.ReferenceMode is { } slow)
        {
            about.Add(string.Empty, slow);
        }

        about.Add("threads", $"{info.Threads.Default} by default, {info.Threads.Processors} processors");
        about.Add("memory", $"{info.MemoryMb:N0} MB");
        about.Add("cache", $"{info.Cache} ({ModelPlaces.HomeVariable} names another folder)");
        about.WriteTo(writer);
        writer.WriteLine();
        Table models = new("model", ">bytes", "path");
        models.Add(KnownModels.Demo, string.Empty, "built in, knows only drawn shapes");
        foreach (CachedModel model in info.Models)
        {
            models.Add(model.Name, $"{model.Bytes:N0}", model.Path);
        }

        models.WriteTo(writer);
        writer.WriteLine();
        Table kernels = new(["operation", .. info.Isa.Compiled.Select(level => $"kernel for {level}")]);
        foreach (IGrouping<string, KernelEntry> operation in info.Kernels.GroupBy(kernel => kernel.Operation))
        {
            kernels.Add([operation.Key, .. info.Isa.Compiled.Select(level => Cell(operation, level))]);
        }

        kernels.WriteTo(writer);
        writer.WriteLine("* in use");
    }

    private static string Cell(IEnumerable<KernelEntry> operation, string level) =>
        operation.FirstOrDefault(kernel => kernel.Isa == level) is { } kernel
            ? $"{kernel.Name}{(kernel.Used ? " *" : string.Empty)}"
            : string.Empty;
}

/// <summary>What info --json prints.</summary>
internal sealed record InfoResult(
    string Version, string Os, string Architecture, string Runtime, IsaInfo Isa, ThreadInfo Threads, long MemoryMb,
    string Cache, IReadOnlyList<CachedModel> Models, IReadOnlyList<KernelEntry> Kernels)
{
    public static InfoResult Gather() => new(
        typeof(InfoResult).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        RuntimeInformation.OSDescription,
        Name(RuntimeInformation.ProcessArchitecture),
        RuntimeInformation.FrameworkDescription,
        new IsaInfo(
            [.. Rows.Select(row => row.Isa).Distinct().Order().Select(level => Name(level))],
            Name(SamNative.Kernels.Isa.Found),
            Name(SamNative.Kernels.Isa.Processor),
            Name(SamNative.Kernels.Isa.Default)),
        new ThreadInfo(Processors.PhysicalCores, Environment.ProcessorCount),
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        ModelPlaces.Current.Home,
        [.. CachedModels(ModelPlaces.Current)],
        [.. Rows.OrderBy(row => row.Operation).ThenBy(row => row.Isa).Select(KernelEntry.Of)]);

    /// <summary>The kernels that can run here: a program compiled ahead of time has no code for the others.</summary>
    private static IEnumerable<KernelRow> Rows => KernelTable.Rows.Where(row => SamNative.Kernels.Isa.IsAvailable(row.Isa));

    /// <summary>A level or an architecture as SAMNATIVE_ISA and file names spell it.</summary>
    private static string Name(Enum value) => value.ToString().ToLowerInvariant();

    /// <summary>The known models wherever they lie, then what else is in our own cache.</summary>
    private static IEnumerable<CachedModel> CachedModels(ModelPlaces places)
    {
        CachedModel[] known =
        [
            .. KnownCheckpoint.All.SelectMany(
                checkpoint => places.Find(checkpoint), (checkpoint, path) => CachedModel.Of(checkpoint.Name, path)),
        ];
        IEnumerable<CachedModel> others = Directory.Exists(places.Home)
            ? Directory.GetFiles(places.Home, "*.safetensors")
                .Except(known.Select(model => model.Path), StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(path => CachedModel.Of(Path.GetFileNameWithoutExtension(path), path))
            : [];
        return known.Concat(others);
    }
}

/// <summary>
/// Instruction sets: those this process has kernels for, the best of them, the best the processor has, the one in use.
/// </summary>
internal sealed record IsaInfo(IReadOnlyList<string> Compiled, string Found, string Processor, string Used);

/// <summary>Threads: those used when nothing is said, and the processors the process may use.</summary>
internal sealed record ThreadInfo(int Default, int Processors);

/// <summary>A model in a cache.</summary>
internal sealed record CachedModel(string Name, string Path, long Bytes)
{
    /// <summary>A link is as long as the file it leads to: Hugging Face's cache is made of links.</summary>
    public static CachedModel Of(string name, string path)
    {
        FileInfo file = new(path);
        FileSystemInfo? linked = file.ResolveLinkTarget(returnFinalTarget: true);
        return new CachedModel(name, path, (linked as FileInfo ?? file).Length);
    }
}

/// <summary>One kernel, and whether it is the one that serves its operation here.</summary>
internal sealed record KernelEntry(string Operation, string Isa, string Name, bool Used)
{
    public static KernelEntry Of(KernelRow row) => new(
        row.Operation.ToString(), row.Isa.ToString().ToLowerInvariant(), row.Name,
        KernelTable.Find(row.Operation, SamNative.Kernels.Isa.Default).Name == row.Name);
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(InfoResult))]
internal sealed partial class InfoJson : JsonSerializerContext;
