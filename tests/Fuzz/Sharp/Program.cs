using System.Globalization;
using SamNative.Fuzz;
using SharpFuzz;

// Long runs of one target, started by the script ../fuzz:
//   seeds TARGET FOLDER          writes the good files, and the regressions, that AFL starts from
//   afl TARGET                   reads files from AFL, with instrumented assemblies beside the program
//   blind TARGET MINUTES FIRST   the mutator of the tests, from a mutation's number on, until the time is over
//   replay TARGET FILE…          what the target makes of files
if (args is not [string verb, string name, .. string[] rest] || !FuzzTargets.Names.Contains(name))
{
    Console.Error.WriteLine($"Name a target: {string.Join(", ", FuzzTargets.Names)}.");
    return 2;
}

// Made when it is needed: under AFL, instrumented code may run only after the fuzzer has set up its table of branches.
Lazy<FuzzTarget> target = new(() => FuzzTargets.TryFind(name)!);

switch (verb)
{
    case "seeds":
        foreach ((int i, byte[] seed) in target.Value.Seeds.Concat(Regressions.Of(name).Select(File.ReadAllBytes)).Index())
        {
            File.WriteAllBytes(Path.Combine(rest[0], $"seed-{i}"), seed);
        }

        return 0;
    case "afl":
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using MemoryStream file = new();
            stream.CopyTo(file);
            if (Trial.Of(target.Value, file.ToArray()).Problem is string problem)
            {
                throw new InvalidOperationException(problem);
            }
        });
        return 0;
    case "blind":
        Campaign campaign = new(target.Value);
        campaign.Run(
            int.Parse(rest[1], CultureInfo.InvariantCulture),
            TimeSpan.FromMinutes(double.Parse(rest[0], CultureInfo.InvariantCulture)));
        Console.WriteLine(
            $"{name}: {campaign.Accepted + campaign.Refused} files, {campaign.Accepted} accepted, "
            + $"{campaign.Finds.Count} finds");
        campaign.Finds.ForEach(Console.WriteLine);
        return campaign.Finds.Count == 0 ? 0 : 1;
    default:
        int bad = 0;
        foreach (string path in rest)
        {
            Trial trial = Trial.Of(target.Value, File.ReadAllBytes(path));
            bad += trial.Problem is null ? 0 : 1;
            Console.WriteLine($"{path}: {trial.Problem ?? (trial.Accepted ? "accepted" : "refused")}");
        }

        return bad == 0 ? 0 : 1;
}
