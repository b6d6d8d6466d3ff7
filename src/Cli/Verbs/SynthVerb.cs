using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Serialization;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// Writes a checkpoint whose weights are a formula: the same file everywhere, for tests and measurements.
/// </summary>
internal sealed class SynthVerb : Verb
{
    private const int MaxConfigBytes = 1 << 16;
    private const string OurNames = "ours";
    private const string OriginalNames = "original";
    private const string HuggingFaceNames = "huggingface";

    private readonly Option<string> config = new("--config")
    {
        HelpName = "CONFIG",
        Required = true,
        Description = "The model's numbers: vit_b, vit_l, vit_h, or a JSON file (docs: checkpoints).",
    };

    private readonly Option<ulong?> seed = new("--seed")
    {
        HelpName = "N",
        Description = "Which of the 2^64 checkpoints. Default: the seed of the configuration, otherwise 0.",
        CustomParser = ParseSeed,
    };

    private readonly Option<string> output = new("--output", "-o")
    {
        HelpName = "OUT",
        Required = true,
        Description = "The safetensors file to write, - for stdout.",
    };

    private readonly Option<string> names = new("--names")
    {
        Description = "Whose keys to write: ours, which are those of the original SAM, those of the model's own authors, or "
            + "those of Hugging Face. The values are the same.",
        DefaultValueFactory = _ => OurNames,
    };

    private readonly Option<TensorDtype?> dtype = SharedOptions.Dtype("The element type to store. Default: f32.");

    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<bool> json = SharedOptions.Json();

    public SynthVerb()
        : base("synth", "Write a synthetic checkpoint: right in form and numbers, without meaning.")
    {
        names.AcceptOnlyFromAmong(OurNames, OriginalNames, HuggingFaceNames);
        foreach (Option option in new Option[] { config, seed, names, output, dtype, force, json })
        {
            Add(option);
        }

        SharedOptions.KeepOffTerminal(this, output, json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(output);
        Output.Check([path], [parsed.GetValue(config)], parsed.GetValue(force));
        ModelConfig numbers = ReadConfig(parsed.GetRequiredValue(config), cancellation);
        numbers = numbers with { Seed = parsed.GetValue(seed) ?? numbers.Seed ?? 0 };
        using SyntheticCheckpoint checkpoint = Make(numbers, parsed.GetRequiredValue(names));
        SafetensorsWriter writer = Writer(checkpoint, parsed.GetValue(dtype) ?? TensorDtype.F32);
        using (ProgressLine progress = new("writing"))
        {
            Output.Write(path, parsed.GetValue(force), stream => writer.Save(stream, progress, cancellation));
        }

        if (!Output.IsStandard(path))
        {
            long values = checkpoint.Tensors.Sum(tensor => tensor.ElementCount);
            SynthResult result = new(path, checkpoint.Tensors.Length, values, writer.ByteLength);
            Report(result, parsed.GetValue(json));
        }
    }

    /// <summary>The numbers of a published model, or those of a JSON file.</summary>
    public static ModelConfig ReadConfig(string name, CancellationToken cancellation) =>
        KnownModels.Published.TryGetValue(name, out SamConfig? published)
            ? published
            : ModelFamilies.ParseConfig(
                InputFile.ReadText(InputFile.Open(name, cancellation), name, MaxConfigBytes), name);

    private static SyntheticCheckpoint Make(ModelConfig numbers, string names) => names == OurNames
        ? new SyntheticCheckpoint(numbers)
        : numbers.Family.NamingOf(numbers, names == HuggingFaceNames) is { } naming
        ? new SyntheticCheckpoint(numbers, naming)
        : throw new CommandFailedException(
            $"--names {names}: no files of this model with such keys are known. Leave it out, or give another.");

    private static SafetensorsWriter Writer(SyntheticCheckpoint checkpoint, TensorDtype stored)
    {
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in checkpoint.Metadata)
        {
            writer.AddMetadata(key, value);
        }

        foreach (TensorInfo tensor in checkpoint.Tensors)
        {
            writer.Add(tensor.Name, checkpoint, tensor, stored);
        }

        return writer;
    }

    private static void Report(SynthResult result, bool asJson)
    {
        if (asJson)
        {
            Json.Print(result, SynthJson.Default.SynthResult);
        }
        else
        {
            Console.Out.WriteLine(
                $"{result.Output}: {result.Tensors} tensors, {result.Parameters:N0} values, {result.Bytes:N0} bytes");
        }
    }

    private static ulong? ParseSeed(ArgumentResult result)
    {
        bool isNumber = WholeNumber.TryParse(result.Tokens[0].Value, out Int128 number);
        if (!isNumber || number < 0 || number > ulong.MaxValue)
        {
            result.AddError($"--seed {result.Tokens[0].Value}: give a whole number from 0 to {ulong.MaxValue}.");
        }

        return unchecked((ulong)number);
    }
}

/// <summary>What synth --json prints.</summary>
internal sealed record SynthResult(string Output, int Tensors, long Parameters, long Bytes);

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SynthResult))]
internal sealed partial class SynthJson : JsonSerializerContext;
