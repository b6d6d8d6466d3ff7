namespace SamNative.Cli;

/// <summary>The plan of an encoder as text: its steps, its totals, its memory.</summary>
internal static class PlanReport
{
    public static void Print(string name, EncoderPlan plan, TextWriter writer)
    {
        Table steps = new("step", ">input", ">output", ">GFLOP", ">MB", "maps", "fused");
        foreach (EncoderStep step in plan.Steps)
        {
            steps.Add(
                step.Name, Shape(step.Input), Shape(step.Output), $"{step.Flops / 1e9:0.00}",
                $"{Megabytes(step.WeightBytes):0.00}", Maps(step), step.Fused);
        }

        Table maps = new("map", ">bytes", ">offset", "from", "to");
        foreach (ActivationMap map in plan.Maps)
        {
            maps.Add(
                map.Name, $"{map.Floats * sizeof(float):N0}", $"{map.Offset * sizeof(float):N0}",
                plan.Steps[map.FirstStep].Name, plan.Steps[map.LastStep].Name);
        }

        Table totals = new("plan", name);
        totals.Add("input", $"{plan.Frame.Height} x {plan.Frame.Width} pixels");
        totals.Add("steps", $"{plan.Steps.Count}");
        totals.Add("parameters", $"{plan.Parameters:N0}");
        totals.Add("work", $"{plan.Flops / 1e9:N3} GFLOP: two per multiply-add that the result needs");
        totals.Add("weights", $"{Megabytes(plan.Steps.Sum(step => step.WeightBytes)):0.00} MB (2^20 bytes), as floats");
        totals.Add("arena", $"{plan.ArenaBytes:N0} bytes for all intermediates");
        foreach (Table table in new[] { steps, maps })
        {
            table.WriteTo(writer);
            writer.WriteLine();
        }

        totals.WriteTo(writer);
    }

    private static string Shape(IReadOnlyList<int> shape) => string.Join('x', shape);

    private static string Maps(EncoderStep step) => $"{Names(step.Reads)}>{Names(step.Writes)}";

    private static string Names(IEnumerable<ActivationMap> maps) => string.Join(',', maps.Select(map => map.Name));

    private static double Megabytes(long bytes) => bytes / (double)(1 << 20);
}
