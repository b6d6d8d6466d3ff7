using System.CommandLine;
using System.Text.Json.Serialization;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Any checkpoint we read to a safetensors file with the original's keys.</summary>
internal sealed class ConvertVerb : Verb
{
    private const string AllParts = "all";
    private const string EncoderPart = "encoder";

    private readonly Argument<string> input = new("IN")
    {
        Description = "A checkpoint, the index of a model in several files or its folder, or a known name: vit_b, vit_l, vit_h, "
            + "demo; - for stdin.",
    };

    private readonly Argument<string> output = new("OUT")
    {
        Description = "The safetensors file to write, - for stdout. With --force it may be IN.",
    };

    private readonly Option<TensorDtype?> dtype = SharedOptions.Dtype(
        "The element type to store. Default: what each tensor has, but f32 for double precision.");

    private readonly Option<string> part = new("--part")
    {
        Description = "What to keep: the whole model, or the image encoder, which encodes but answers no prompts.",
        DefaultValueFactory = _ => AllParts,
    };

    private readonly Option<bool> ignoreCrc = new("--ignore-crc")
    {
        Description = "Take the values of a PyTorch file although their checksums are wrong, as PyTorch itself does.",
    };

    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<bool> ignoreUnexpected = SharedOptions.IgnoreUnexpected();
    private readonly Option<bool> json = SharedOptions.Json();

    public ConvertVerb()
        : base("convert", "Convert a checkpoint to safetensors, also to half precision or to the encoder alone.")
    {
        part.AcceptOnlyFromAmong(AllParts, EncoderPart);
        Add(input);
        Add(output);
        foreach (Option option in new Option[] { dtype, part, ignoreCrc, ignoreUnexpected, force, json })
        {
            Add(option);
        }

        SharedOptions.KeepOffTerminal(this, output, json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string from = parsed.GetRequiredValue(input);
        string to = parsed.GetRequiredValue(output);
        // It may be the input: that is open before anything is written, and stays so when it is replaced.
        Output.Check([to], inputs: [], parsed.GetValue(force));
        using TensorSource source = WeightsInput.Open(from, cancellation, parsed.GetValue(ignoreCrc));
        ModelCheckpoint checkpoint = ModelCheckpoint.Open(source, parsed.GetValue(ignoreUnexpected));
        foreach (string note in checkpoint.Notes)
        {
            Log.Line($"{from}: {note}");
        }

        string sha256 = source.ComputeSha256(cancellation);
        CheckpointConverter converter = new(checkpoint)
        {
            Dtype = parsed.GetValue(dtype),
            EncoderOnly = parsed.GetRequiredValue(part) == EncoderPart,
            License = KnownCheckpoint.FindHash(sha256) is null ? null : KnownCheckpoint.License,
        };
        SafetensorsWriter writer = converter.ToWriter(sha256);
        Write(writer, from, to, parsed.GetValue(force), cancellation);
        if (!Output.IsStandard(to))
        {
            Report(ConvertResult.Of(from, sha256, to, converter, writer), parsed.GetValue(json));
        }
    }

    private static void Write(
        SafetensorsWriter writer, string from, string to, bool force, CancellationToken cancellation)
    {
        using ProgressLine progress = new("converting");
        try
        {
            Output.Write(to, force, stream => writer.Save(stream, progress, cancellation));
        }
        catch (OverflowException error)
        {
            throw new CommandFailedException($"{from}: {error.Message}");
        }
    }

    private static void Report(ConvertResult result, bool asJson)
    {
        if (asJson)
        {
            Json.Print(result, ConvertJson.Default.ConvertResult);
        }
        else
        {
            Console.Out.WriteLine(
                $"{result.Output}: {result.Tensors} tensors, {result.Parameters:N0} values, {result.Bytes:N0} bytes");
        }
    }
}

/// <summary>What convert --json prints.</summary>
internal sealed record ConvertResult(
    string Input, string InputSha256, string Output, int Tensors, long Parameters, long Bytes)
{
    public static ConvertResult Of(string input, string sha256, string output, CheckpointConverter converter,
        SafetensorsWriter writer) => new(
        input,
        sha256,
        output,
        converter.Tensors.Length,
        converter.Tensors.Sum(tensor => tensor.ElementCount),
        writer.ByteLength);
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ConvertResult))]
internal sealed partial class ConvertJson : JsonSerializerContext;
