namespace SamNative.Cli;

/// <summary>A profile as text: every step, then the kinds of steps, then the whole.</summary>
internal static class ProfileReport
{
    public static void Print(ProfileResult result, int runs)
    {
        double total = result.Steps.Sum(step => step.Ms);
        Steps(result.Steps, total).WriteTo(Console.Out);
        Console.Out.WriteLine();
        ProfiledStep[] kinds =
        [
            .. result.Steps.GroupBy(step => step.Operation).Select(kind => kind.First() with
            {
                Name = kind.Count() == 1 ? kind.First().Name : $"{kind.Count()} x {kind.Key}",
                Gflop = kind.Sum(step => step.Gflop),
                Ms = kind.Sum(step => step.Ms),
                OfPeak = kind.Sum(step => step.Gflop) / kind.Sum(step => step.Ms) * 1000 / result.FmaPeakGflops,
            }),
        ];
        Steps(kinds, total).WriteTo(Console.Out);
        Console.Out.WriteLine();

        double work = result.Steps.Sum(step => step.Gflop);
        Table whole = new("profile", result.Model);
        whole.Add("machine", $"{result.Isa}, {result.Threads} threads, FMA peak {result.FmaPeakGflops:N1} GFLOP/s");
        whole.Add("encode", $"{total:N1} ms, the sum of the steps' medians over {runs} encodes");
        whole.Add("speed", $"{work / total * 1000:N1} GFLOP/s, {work / total * 1e5 / result.FmaPeakGflops:0.0} % of the peak");
        whole.WriteTo(Console.Out);
    }

    private static Table Steps(IReadOnlyList<ProfiledStep> steps, double total)
    {
        Table table = new("step", ">GFLOP", ">ms", ">% of time", ">% of peak");
        foreach (ProfiledStep step in steps)
        {
            table.Add(
                step.Name, $"{step.Gflop:0.00}", $"{step.Ms:0.00}", $"{100 * step.Ms / total:0.0}",
                $"{100 * step.OfPeak:0.0}");
        }

        return table;
    }
}
