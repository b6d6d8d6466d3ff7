using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Whether a file of weights is what it should be: reads all of it, and lists everything wrong.</summary>
internal sealed class VerifyVerb : Verb
{
    /// <summary>A SHA-256 in hexadecimal.</summary>
    private const int HashLength = 64;

    private readonly Argument<string> file = new("FILE")
    {
        Description = "A checkpoint, the index of a model in several files or its folder, or a known name: vit_b, vit_l, vit_h, "
            + "demo; - for stdin.",
    };

    private readonly Option<bool> tensors = new("--tensors")
    {
        Description = "Also list every tensor with the SHA-256 of its values as float32; --json always does.",
    };

    private readonly Option<bool> ignoreUnexpected = SharedOptions.IgnoreUnexpected();
    private readonly Option<bool> json = SharedOptions.Json();

    public VerifyVerb()
        : base("verify", "Check a file of weights: hashes, keys, shapes, finite values, and whether it is a known one.")
    {
        Add(file);
        Add(tensors);
        Add(ignoreUnexpected);
        Add(json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetRequiredValue(file);
        using TensorSource source = WeightsInput.Open(name, cancellation);
        VerifyResult result;
        CheckpointVerification found;
        using (ProgressLine progress = new("verifying"))
        {
            found = CheckpointVerification.Of(
                source, progress, parsed.GetValue(ignoreUnexpected), cancellation);
            result = VerifyResult.Of(name, source, found);
        }

        if (parsed.GetValue(json))
        {
            Json.Print(result, VerifyJson.Default.VerifyResult);
        }
        else
        {
            Print(result, found, parsed.GetValue(tensors));
        }

        if (!result.Ok)
        {
            throw new CommandFailedException($"{name} is not sound, problems: {result.Problems.Count}, all listed.");
        }
    }

    private static void Print(VerifyResult result, CheckpointVerification found, bool withTensors)
    {
        if (withTensors)
        {
            // As sha256sum prints it, so that two lists can be compared by other tools.
            foreach (VerifiedTensor tensor in found.Tensors)
            {
                string hash = tensor.Sha256 ?? "not read as float".PadRight(HashLength);
                Console.Out.WriteLine($"{hash}  {Printable.Plain(tensor.Tensor.Name)}");
            }

            Console.Out.WriteLine();
        }

        Table about = new("file", result.File);
        about.Add("format", result.Format);
        about.Add("sha256", result.Sha256);
        about.Add("known", Describe(KnownCheckpoint.FindHash(result.Sha256)));
        ModelSummary.AddTo(about, found.Checkpoint);
        foreach (string note in result.Notes)
        {
            about.Add("note", note);
        }

        about.Add("tensors", $"{found.Tensors.Length}, {found.Tensors.Sum(tensor => tensor.Tensor.ElementCount):N0} values");
        foreach (string problem in result.Problems)
        {
            about.Add("problem", problem);
        }

        about.Add("result", result.Ok ? "sound" : $"not sound, problems: {result.Problems.Count}");
        about.WriteTo(Console.Out);
    }

    /// <summary>What a hash says about where a file comes from.</summary>
    public static string Describe(KnownCheckpoint? known) => known switch
    {
        null => "no published file has this hash",
        { IsConfirmed: true } => $"{known.Name}, published as {known.FileName}",
        _ => $"{known.Name}, published as {known.FileName}, by a hash that a third party reports: unconfirmed",
    };
}

/// <summary>What verify --json prints.</summary>
/// <param name="Known">The published file with this hash; null where there is none.</param>
/// <param name="Model">The numbers of the model; null where none could be loaded.</param>
/// <param name="Tower">More of the model where it is a visual tower.</param>
/// <param name="Problems">Everything wrong, a line each; the lists behind it say the same in pieces.</param>
internal sealed record VerifyResult(
    string File, string Format, bool Ok, string Sha256, VerifiedKnown? Known, JsonElement? Model,
    TowerSummary? Tower, bool HasDecoder, IReadOnlyList<string> Notes, IReadOnlyList<string> Problems, IReadOnlyList<VerifiedKey> KeyProblems,
    IReadOnlyList<VerifiedValue> NonFinite, IReadOnlyList<VerifiedEntry> Tensors)
{
    public static VerifyResult Of(string file, TensorSource source, CheckpointVerification found)
    {
        string[] problems = [.. found.Problems];
        return new VerifyResult(
            file,
            source.Format,
            problems.Length == 0,
            found.Sha256,
            KnownCheckpoint.FindHash(found.Sha256) is { } known ? VerifiedKnown.Of(known) : null,
            Json.Of(found.Checkpoint?.Config),
            TowerSummary.Of(found.Checkpoint),
            found.Checkpoint?.HasDecoder ?? false,
            found.Checkpoint is { } checkpoint ? checkpoint.Notes : source.Notes,
            problems,
            [.. (found.Refusal?.Problems ?? []).Select(VerifiedKey.Of)],
            [.. found.Tensors.Where(tensor => tensor.NonFinite is not null).Select(VerifiedValue.Of)],
            [.. found.Tensors.Select(VerifiedEntry.Of)]);
    }
}

/// <summary>A published file; confirmed where its hash was seen on the file itself.</summary>
internal sealed record VerifiedKnown(string Name, string FileName, bool Confirmed)
{
    public static VerifiedKnown Of(KnownCheckpoint known) => new(known.Name, known.FileName, known.IsConfirmed);
}

/// <summary>A key that does not fit: missing, unexpected, wrong_shape or wrong_type.</summary>
internal sealed record VerifiedKey(string Kind, string Name, string? Expected, string? Found)
{
    public static VerifiedKey Of(KeyProblem problem) => new(
        problem.Kind switch
        {
            KeyProblemKind.Missing => "missing",
            KeyProblemKind.Unexpected => "unexpected",
            KeyProblemKind.WrongShape => "wrong_shape",
            _ => "wrong_type",
        },
        problem.Name,
        problem.Expected,
        problem.Found);
}

/// <summary>The first value of a tensor that is no number: NaN, Infinity or -Infinity.</summary>
internal sealed record VerifiedValue(string Name, long Index, string Value)
{
    public static VerifiedValue Of(VerifiedTensor tensor) =>
        new(tensor.Tensor.Name, tensor.NonFinite!.Index, $"{tensor.NonFinite.Value}");
}

/// <summary>A tensor, by its key in the file and the original's.</summary>
internal sealed record VerifiedEntry(
    string Name, string? Key, string Dtype, IReadOnlyList<long> Shape, string? Sha256)
{
    public static VerifiedEntry Of(VerifiedTensor tensor) => new(
        tensor.Tensor.Name, tensor.CanonicalName, tensor.Tensor.Dtype.FileName(), tensor.Tensor.Shape, tensor.Sha256);
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VerifyResult))]
internal sealed partial class VerifyJson : JsonSerializerContext;
