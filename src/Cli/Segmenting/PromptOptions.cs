using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace SamNative.Cli;

/// <summary>The options that say what is meant in a picture, and the prompt they make.</summary>
internal sealed class PromptOptions
{
    private readonly Option<double[][]> points = Numbers(
        "--point", "x,y", 2, ArgumentArity.OneOrMore, "A point on what is meant, in pixels; may be repeated.");

    private readonly Option<double[][]> negativePoints = Numbers(
        "--neg-point", "x,y", 2, ArgumentArity.OneOrMore, "A point that is not on it; may be repeated.");

    private readonly Option<double[][]> box = Numbers(
        "--box", "x0,y0,x1,y1", 4, ArgumentArity.ExactlyOne, "A box around it.");

    private readonly Option<string?> file = new("--prompts")
    {
        HelpName = "FILE.json",
        Description = "Points and box from a file instead: {\"points\":[[x,y]],\"labels\":[1],\"box\":[x0,y0,x1,y1]}, "
            + "where the label 1 is on it and 0 is not.",
    };

    private readonly Option<string?> maskInput = new("--mask-input")
    {
        HelpName = "FILE",
        Description = "A mask to start from: a picture of the same size, where whatever is not black is in (in one of a "
            + "single colour: what is not transparent), or the "
            + "low-resolution logits that --logits-out wrote.",
    };

    public void AddTo(Command command)
    {
        command.Add(points);
        command.Add(negativePoints);
        command.Add(box);
        command.Add(maskInput);
        command.Add(file);
        command.Validators.Add(Check);
    }

    /// <summary>Makes the prompt for a picture that goes to a model.</summary>
    /// <param name="pictures">What reads a mask that is a picture.</param>
    public SamPrompt Read(ParseResult parsed, Frame frame, PictureInput pictures, CancellationToken cancellation)
    {
        SamPrompt asked = parsed.GetValue(file) is string path ? PromptFile.Read(path, cancellation) : FromOptions(parsed);
        MaskInput mask = parsed.GetValue(maskInput) is string start ? MaskInput.Read(start, frame, pictures, cancellation) : default;
        return new SamPrompt { Points = asked.Points, Box = asked.Box, Mask = mask.Mask, MaskLogits = mask.Logits };
    }

    /// <summary>The files that it is read from.</summary>
    public IEnumerable<string?> Files(ParseResult parsed) => [parsed.GetValue(file), parsed.GetValue(maskInput)];

    private SamPrompt FromOptions(ParseResult parsed)
    {
        double[][] on = parsed.GetValue(points) ?? [];
        double[][] off = parsed.GetValue(negativePoints) ?? [];
        return new SamPrompt
        {
            Points =
            [
                .. on.Select(point => new SamPoint(point[0], point[1])),
                .. off.Select(point => new SamPoint(point[0], point[1], PointLabel.Background)),
            ],
            Box = parsed.GetValue(box) is [double[] b] ? new SamBox(b[0], b[1], b[2], b[3]) : null,
        };
    }

    private void Check(CommandResult result)
    {
        Option[] options = [points, negativePoints, box];
        bool hasOptions = options.Any(option => result.GetResult(option) is not null);
        bool hasFile = result.GetResult(file) is not null;
        if (hasOptions && hasFile)
        {
            result.AddError("--prompts takes the place of --point, --neg-point and --box: give one or the other.");
        }
        else if (!hasOptions && !hasFile && result.GetResult(maskInput) is null)
        {
            result.AddError("Say what is meant: --point, --neg-point, --box, --mask-input or --prompts.");
        }
    }

    private static Option<double[][]> Numbers(
        string name, string form, int count, ArgumentArity arity, string description)
    {
        return new Option<double[][]>(name)
        {
            HelpName = form,
            Description = description,
            Arity = arity,
            CustomParser = result => [.. result.Tokens.Select(token => Parse(result, token.Value, name, form, count))],
        };
    }

    private static double[] Parse(ArgumentResult result, string text, string name, string form, int count)
    {
        string[] parts = text.Split(',');
        double[] numbers = new double[parts.Length];
        bool areNumbers = parts.Length == count;
        for (int i = 0; areNumbers && i < count; i++)
        {
            areNumbers = double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])
                && double.IsFinite(numbers[i]);
        }

        if (!areNumbers)
        {
            result.AddError($"{name} {text}: give {form}, {count} numbers with commas and no spaces between them.");
        }

        return numbers;
    }
}
