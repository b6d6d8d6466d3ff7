using System.CommandLine;
using System.CommandLine.Parsing;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The options that mean the same in every verb that has them.</summary>
internal static class SharedOptions
{
    private static readonly Dictionary<string, TensorDtype> dtypes = new(StringComparer.Ordinal)
    {
        ["f32"] = TensorDtype.F32,
        ["f16"] = TensorDtype.F16,
        ["bf16"] = TensorDtype.BF16,
    };

    public static Option<int> Threads() => Count(
        "--threads", SamOptions.MaxThreads,
        $"Threads to compute with, 1 to {SamOptions.MaxThreads}; the result does not depend on it. Default: one per core.");

    public static Option<bool> IgnoreUnexpected() => new("--ignore-unexpected")
    {
        Description = "Load a checkpoint with further tensors that the model has no place for; they are listed.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };

    public static Option<bool> Force() => new("--force") { Description = "Replace files that exist." };

    /// <summary>The element type of a file that is written; null where it is not given.</summary>
    public static Option<TensorDtype?> Dtype(string description)
    {
        Option<TensorDtype?> option = new("--dtype")
        {
            Description = description,
            CustomParser = result => dtypes[result.Tokens[0].Value],
        };
        option.AcceptOnlyFromAmong([.. dtypes.Keys]);
        return option;
    }

    /// <summary>An option that takes a whole number from 1, or least, on; 0 where it is not given.</summary>
    public static Option<int> Count(string name, int most, string description, int least = 1) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = result => ParseCount(result, name, least, most),
    };

    /// <summary>An option for a file beside the main one, which alone can go to stdout.</summary>
    public static Option<string?> SideFile(string name, string description)
    {
        Option<string?> option = new(name) { HelpName = "FILE", Description = description };
        option.Validators.Add(result =>
        {
            if (IsStandard(result))
            {
                result.AddError($"{name} {result.Tokens[0].Value}: only -o can go to stdout.");
            }
        });
        return option;
    }

    /// <summary>Whether an option or argument was given as -, which stands for stdin or stdout.</summary>
    public static bool IsStandard(SymbolResult? given) =>
        given is { Tokens: [{ Value: string path }] } && Output.IsStandard(path);

    /// <summary>Refuses -o - where stdout is a terminal or takes the JSON.</summary>
    public static void KeepOffTerminal(Command verb, Symbol output, Option<bool> json)
    {
        string given = output is Option option ? $"{option.Aliases.First()} -" : $"- as {output.Name}";
        verb.Validators.Add(result =>
        {
            if (IsStandard(result.GetResult(output.Name)) && (result.GetValue(json) || !Console.IsOutputRedirected))
            {
                result.AddError($"{given} writes a safetensors file to stdout: redirect it, and leave out --json.");
            }
        });
    }

    private static int ParseCount(ArgumentResult result, string name, int least, int most)
    {
        string text = result.Tokens[0].Value;
        if (!WholeNumber.TryParse(text, out Int128 count) || count < least || count > most)
        {
            result.AddError($"{name} {text}: give a whole number from {least} to {most}.");
        }

        return (int)Int128.Clamp(count, least, most);
    }
}
