namespace SamNative.Cli;

/// <summary>What profile --schedule prints.</summary>
/// <param name="OneWorkerMs">The time of one worker whose work is not cut.</param>
internal sealed record ScheduleResult(string Model, string Isa, double OneWorkerMs, IReadOnlyList<ScheduledMachine> Machines)
{
    /// <summary>Measures in turns: the work uncut, then cut for each machine.</summary>
    public static ScheduleResult Measure(
        LoadedModel loaded, ImageView picture, Schedule schedule, int runs, CancellationToken cancellation)
    {
        SamModel model = loaded.Model;
        Dictionary<int, PieceTimes> cuts = [];
        try
        {
            foreach (int workers in schedule.Machines.Select(machine => machine.Workers).Append(1).Distinct())
            {
                cuts.Add(workers, new PieceTimes(model, workers));
            }

            using (ProgressLine progress = new("measuring"))
            {
                for (int run = 0; run < runs; run++)
                {
                    foreach (PieceTimes times in cuts.Values)
                    {
                        times.Measure(picture, cancellation);
                    }

                    progress.Report(new SamProgress(run + 1, runs));
                }
            }

            IReadOnlyDictionary<string, double> alone = cuts[1].Replay([1.0]);
            return new ScheduleResult(
                loaded.Name, model.Isa.ToString().ToLowerInvariant(), Math.Round(alone.Values.Sum(), 2),
                [.. schedule.Machines.Select(machine => ScheduledMachine.Of(machine, cuts[machine.Workers], alone))]);
        }
        finally
        {
            foreach (PieceTimes times in cuts.Values)
            {
                times.Dispose();
            }
        }
    }

    public void Print(int runs)
    {
        string[] kinds = [.. Machines[0].Kinds.Keys];
        Table table = new(["workers", ">ms", ">% busy", .. kinds.Select(kind => $">{kind}")]);
        foreach (ScheduledMachine machine in Machines)
        {
            table.Add(
                [machine.Workers, $"{machine.Ms:0.0}", $"{100 * machine.Efficiency:0.0}",
                .. kinds.Select(kind => $"{100 * machine.Kinds[kind]:0.0}")]);
        }

        table.WriteTo(Console.Out);
        Console.Out.WriteLine();
        Console.Out.WriteLine(
            $"{Model}, {Isa}: one worker takes {OneWorkerMs:N1} ms, the shortest of {runs} for each piece. Columns are shares of "
            + "the workers' time that this is, of all steps and by kind; without a model of memory.");
    }
}

/// <summary>One machine of it.</summary>
/// <param name="Workers">16, or 8+8.</param>
/// <param name="Ms">The time of its workers together.</param>
/// <param name="Efficiency">The time of one worker whose work is not cut over that, and over what the workers could do.</param>
/// <param name="Kinds">The same by the kind of step.</param>
internal sealed record ScheduledMachine(
    string Workers, double Ms, double Efficiency, IReadOnlyDictionary<string, double> Kinds)
{
    public static ScheduledMachine Of(PlannedMachine machine, PieceTimes times, IReadOnlyDictionary<string, double> alone)
    {
        IReadOnlyDictionary<string, double> together = times.Replay(machine.Speeds);
        double all = together.Values.Sum();
        return new ScheduledMachine(
            machine.Text, Math.Round(all, 2), Math.Round(alone.Values.Sum() / (machine.Power * all), 4),
            together.ToDictionary(kind => kind.Key, kind => Math.Round(alone[kind.Key] / (machine.Power * kind.Value), 4)));
    }
}
