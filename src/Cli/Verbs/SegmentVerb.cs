using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Serialization;
using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>One prompt, one picture.</summary>
internal sealed class SegmentVerb : Verb
{
    private readonly Argument<string> image = new("IMAGE") { Description = "The picture; - reads it from stdin." };
    private readonly ModelOptions model = ModelOptions.ForPictures();
    private readonly PromptOptions prompts = new();
    private readonly Option<bool> multimask = new("--multimask")
    {
        Description = "Write all three masks of the answer, their names ending in -0, -1 and -2. Without it one mask "
            + "is written: for a single point, which may mean several things, the best of the three by score; for any "
            + "other prompt the one mask the model has for it.",
    };

    private readonly Option<string?> embedding = new("--embedding")
    {
        HelpName = "FILE",
        Description = "The picture's embedding as encode wrote it, so that it is not encoded again.",
    };

    private readonly Option<string?> output = new("--output", "-o")
    {
        HelpName = "OUT",
        Description = "The mask to write, - for stdout. Default: IMAGE with the ending .mask.png; with --json none.",
    };

    private readonly Option<string> format = new("--format")
    {
        Description = "The form of the mask: a picture, or as JSON: run lengths, COCO's compressed ones, or outlines.",
        DefaultValueFactory = _ => MaskFormat.Png,
    };

    private readonly Option<string?> overlay = SharedOptions.SideFile(
        "--overlay", "Also write the picture with mask and prompt (PNG).");

    private readonly Option<string?> cutout = SharedOptions.SideFile(
        "--cutout", "Also write what the mask covers, on nothing (PNG).");

    private readonly Option<string?> logits = SharedOptions.SideFile(
        "--logits-out", "Also write the low-resolution logits, which --mask-input takes (safetensors).");

    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<int> memory = PictureInput.MaxMegabytes();
    private readonly Option<bool> json = SharedOptions.Json();

    public SegmentVerb()
        : base("segment", "Find what a point, a box or a rough mask means in a picture.")
    {
        format.AcceptOnlyFromAmong(MaskFormat.All);
        Add(image);
        model.AddTo(this);
        prompts.AddTo(this);
        foreach (Option option in new Option[]
            { multimask, embedding, output, format, overlay, cutout, logits, force, memory, json })
        {
            Add(option);
        }

        Validators.Add(CheckOutputs);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        bool all = parsed.GetValue(multimask);
        SegmentOutputs outputs = Outputs(parsed);
        SegmentOutputs[] perMask = all ? [.. Enumerable.Range(0, MaskChoice.Several.Count).Select(outputs.Numbered)] : [outputs];
        Output.Check(perMask.SelectMany(files => files.Names), Inputs(parsed), parsed.GetValue(force));
        PictureInput pictures = new(parsed.GetValue(memory), Log.Line);
        DecodedImage picture = pictures.Load(parsed.GetRequiredValue(image), cancellation);
        using LoadedModel loaded = model.Load(parsed, deferDecoder: true, cancellation);
        loaded.RequireDecoder();
        Frame frame = loaded.Model.FrameOf(new ImageSize(picture.Height, picture.Width));
        SamPrompt prompt = prompts.Read(parsed, frame, pictures, cancellation);
        using SamEmbedding encoded = parsed.GetValue(embedding) is { } saved
            ? LoadEmbedding(saved, loaded, picture, cancellation)
            : Encode(loaded.Model, picture, cancellation);
        using SamPredictor predictor = loaded.Model.CreatePredictor();
        predictor.SetEmbedding(encoded);
        SamPrediction answer = predictor.Predict(prompt, all || prompt.IsAmbiguous, cancellation);
        int[] chosen = all ? [.. Enumerable.Range(0, MaskChoice.Several.Count)] : [answer.Best];
        for (int i = 0; i < chosen.Length; i++)
        {
            perMask[i].Write(picture, prompt, answer, chosen[i], parsed.GetValue(force));
        }

        Report(parsed, loaded.Name, picture, answer, chosen, perMask);
    }

    /// <summary>Encodes the picture, and gives the memory of it back before the decoder takes its own.</summary>
    private static SamEmbedding Encode(SamModel model, DecodedImage picture, CancellationToken cancellation)
    {
        using ProgressLine progress = new("encoding");
        SamEmbedding encoded = model.Encode(picture.View, progress, cancellation);
        model.TrimExcess();
        return encoded;
    }

    private static SamEmbedding LoadEmbedding(
        string path, LoadedModel loaded, DecodedImage picture, CancellationToken cancellation)
    {
        using Stream file = InputFile.Open(path, cancellation);
        EmbeddingLimits limits = new()
        {
            MaxPixels = Math.Max((long)picture.Width * picture.Height, EmbeddingLimits.Default.MaxPixels),
        };
        SamEmbedding saved = SamEmbedding.Load(file, path, limits);
        loaded.Model.ComputeSha256(cancellation);
        saved.CheckModel(loaded.Model);
        if (saved.Count != 1 || saved.OriginalSize != new ImageSize(picture.Height, picture.Width))
        {
            string made = saved.Count == 1
                ? $"of a picture of {saved.OriginalSize.Width} x {saved.OriginalSize.Height} pixels"
                : $"of {saved.Count} pictures";
            throw new CommandFailedException(
                $"{path} is the embedding {made}, not of this one, which has {picture.Width} x "
                + $"{picture.Height}. Encode this picture.");
        }

        return saved;
    }

    /// <summary>The files that this run reads.</summary>
    private IEnumerable<string?> Inputs(ParseResult parsed) =>
    [
        parsed.GetValue(image), parsed.GetValue(embedding), .. prompts.Files(parsed),
        .. model.Files(parsed),
    ];

    private SegmentOutputs Outputs(ParseResult parsed)
    {
        string form = parsed.GetRequiredValue(format);
        string? mask = parsed.GetValue(output);
        if (mask is null && !parsed.GetValue(json))
        {
            mask = Path.ChangeExtension(parsed.GetRequiredValue(image), $".mask{MaskFormat.Extension(form)}");
        }

        return new SegmentOutputs(
            mask, parsed.GetValue(overlay), parsed.GetValue(cutout), parsed.GetValue(logits), form);
    }

    private void Report(
        ParseResult parsed, string modelName, DecodedImage picture, SamPrediction answer, int[] chosen,
        SegmentOutputs[] files)
    {
        if (parsed.GetValue(json))
        {
            MaskResult[] masks = [.. chosen.Select(i => MaskResult.Of(answer.Masks[i], answer.Scores[i]))];
            SegmentResult result = new(parsed.GetRequiredValue(image), picture.Width, picture.Height, modelName, masks);
            Json.Print(result, SegmentJson.Default.SegmentResult);
            return;
        }

        if (Output.IsStandard(parsed.GetValue(output)))
        {
            return;
        }

        for (int i = 0; i < chosen.Length; i++)
        {
            SamMask mask = answer.Masks[chosen[i]];
            MaskBounds box = mask.Bounds;
            Console.Out.WriteLine(
                $"{string.Join(' ', files[i].Names)}: score {answer.Scores[chosen[i]]:0.000}, area {mask.Area}, "
                + $"box {box.X},{box.Y} {box.Width} x {box.Height}");
        }
    }

    private void CheckOutputs(CommandResult result)
    {
        bool toStandard = SharedOptions.IsStandard(result.GetResult(output));
        bool hasName = result.GetResult(output) is not null || !SharedOptions.IsStandard(result.GetResult(image));
        if (!hasName && !result.GetValue(json))
        {
            result.AddError("A picture from stdin has no name to make the mask's of: give it with -o.");
        }

        if (toStandard && (result.GetValue(json) || result.GetValue(multimask)))
        {
            result.AddError("-o - writes one mask to stdout: it goes neither with --json nor with --multimask.");
        }

        bool isPicture = result.GetResult(format) is null or { Tokens: [] or [{ Value: MaskFormat.Png }] };
        if (toStandard && isPicture && !Console.IsOutputRedirected)
        {
            result.AddError("A picture is not written to a terminal: redirect stdout, or name a file with -o.");
        }
    }
}

/// <summary>What segment --json prints.</summary>
internal sealed record SegmentResult(string Image, int Width, int Height, string Model, MaskResult[] Masks);

/// <summary>One mask of it; bbox is [x, y, width, height], the size being the difference of extreme pixels.</summary>
internal sealed record MaskResult(float Score, int Area, int[] Bbox, CocoRle Rle)
{
    public static MaskResult Of(SamMask mask, float score)
    {
        MaskBounds box = mask.Bounds;
        return new MaskResult(
            score, mask.Area, [box.X, box.Y, box.Width, box.Height],
            new CocoRle([mask.Height, mask.Width], mask.ToCocoRle()));
    }
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SegmentResult))]
internal sealed partial class SegmentJson : JsonSerializerContext;
