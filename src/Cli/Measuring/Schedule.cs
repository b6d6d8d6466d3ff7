using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace SamNative.Cli;

/// <summary>The workers of machines that are not there: N equal ones, or P fast ones and E that are half as fast.</summary>
/// <param name="Text">As it was given: 16, 8+8.</param>
/// <param name="Fast">Workers as fast as the one that is measured.</param>
/// <param name="Half">Workers half as fast.</param>
internal sealed record PlannedMachine(string Text, int Fast, int Half)
{
    public int Workers => Fast + Half;

    public double[] Speeds => [.. Enumerable.Repeat(1.0, Fast), .. Enumerable.Repeat(0.5, Half)];

    /// <summary>All that they could do together, in workers as fast as the measured one.</summary>
    public double Power => Fast + (0.5 * Half);
}

/// <summary>What --schedule asks for.</summary>
internal sealed record Schedule(IReadOnlyList<PlannedMachine> Machines)
{
    private const string Name = "--schedule";

    public static Option<Schedule?> Option() => new(Name)
    {
        HelpName = "N,P+E,…",
        Description = "Cut the work for N workers, or for P fast and E half as fast ones, time the pieces on one worker, and say "
            + "how long those workers would take and which share of them would work. No model of memory is in it.",
        CustomParser = Parse,
    };

    private static Schedule? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        List<PlannedMachine> machines = [];
        foreach (string part in text.Split(','))
        {
            int[] counts = [.. part.Split('+').Select(Count)];
            if (counts.Length > 2 || counts.Any(count => count is < 1 or > 1024))
            {
                result.AddError($"{Name} {text}: give numbers of workers, 1 to 1024 each, like 16 or 8+8, with commas between them.");
                return null;
            }

            machines.Add(new PlannedMachine(part, counts[0], counts.ElementAtOrDefault(1)));
        }

        return new Schedule(machines);

        static int Count(string number) =>
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
    }
}
