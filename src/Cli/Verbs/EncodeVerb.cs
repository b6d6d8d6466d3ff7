using System.CommandLine;
using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Pictures to embeddings: all of the work that does not depend on the prompt.</summary>
internal sealed class EncodeVerb : Verb
{
    private const string TensorName = "pixel_values";

    private readonly Argument<string> input = new("INPUT")
    {
        Description = "A picture (- for stdin), a folder of pictures, or a .safetensors file whose tensor pixel_values "
            + "[n,3,S,S] is preprocessed already.",
    };

    private readonly Option<string> output = new("--output", "-o")
    {
        HelpName = "OUT",
        Required = true,
        Description = "The embedding to write (safetensors), - for stdout; for a folder of pictures the folder to "
            + "write to, one file per picture.",
    };

    private readonly Option<string?> model = SharedOptions.Model();
    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<int> threads = SharedOptions.Threads();
    private readonly Option<bool> json = SharedOptions.Json();

    public EncodeVerb()
        : base("encode", "Encode pictures, to be prompted later or used as features.")
    {
        Add(input);
        foreach (Option option in new Option[] { output, model, force, threads, json })
        {
            Add(option);
        }

        SharedOptions.KeepOffTerminal(this, output, json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string from = parsed.GetRequiredValue(input);
        string to = parsed.GetRequiredValue(output);
        bool isFolder = Directory.Exists(from);
        (string From, string To)[] files = isFolder ? InFolder(from, to) : [(from, to)];
        Output.Check(files.Select(file => file.To), parsed.GetValue(force), folderIsMade: isFolder);
        using LoadedModel loaded = LoadedModel.Load(
            parsed.GetValue(model), parsed.GetValue(threads), deferDecoder: true);
        if (isFolder)
        {
            Directory.CreateDirectory(to);
        }

        EncodeResult result = new(loaded.Name, loaded.Model.Sha256, []);
        int failed = 0;
        for (int i = 0; i < files.Length; i++)
        {
            string label = files.Length == 1 ? "encoding" : $"encoding {i + 1} of {files.Length}";
            try
            {
                using SamEmbedding embedding = Encode(loaded.Model, files[i].From, label, cancellation);
                Output.Write(files[i].To, parsed.GetValue(force), embedding.Save);
                result.Embeddings.Add(EncodedFile.Of(files[i].From, files[i].To, embedding));
            }
            catch (Exception error) when (isFolder && IsExplained(error))
            {
                // One bad picture does not take the others with it.
                Log.Line(Sentence(error));
                failed++;
            }
        }

        if (to != Output.Standard)
        {
            Report(result, parsed.GetValue(json));
        }

        if (failed > 0)
        {
            throw new CommandFailedException($"{failed} of {files.Length} pictures could not be encoded.");
        }
    }

    private static (string From, string To)[] InFolder(string from, string to)
    {
        if (to == Output.Standard)
        {
            throw new CommandFailedException($"{from} is a folder: name a folder for its embeddings with -o.");
        }

        IReadOnlyList<string> pictures = PictureInput.InFolder(from);
        IGrouping<string, string>? clash = pictures.GroupBy(Target, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1);
        if (clash is not null)
        {
            throw new CommandFailedException(
                $"{string.Join(" and ", clash)} would both be written to {clash.Key}: rename one.");
        }

        return [.. pictures.Select(picture => (picture, Target(picture)))];

        string Target(string picture) => Path.Combine(to, $"{Path.GetFileNameWithoutExtension(picture)}.safetensors");
    }

    private static SamEmbedding Encode(SamModel model, string path, string label, CancellationToken cancellation)
    {
        bool isTensors = Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);
        if (isTensors)
        {
            ReadOnlyTensorSpan<float> pixels = ReadPixelValues(path, model.Config.ImgSize);
            using ProgressLine steps = new(label);
            return model.EncodePixelValues(pixels, steps, cancellation);
        }

        DecodedImage picture = PictureInput.Load(path);
        using ProgressLine progress = new(label);
        return model.Encode(picture.View, progress, cancellation);
    }

    private static ReadOnlyTensorSpan<float> ReadPixelValues(string path, int side)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        bool fits = file.TryGet(TensorName, out TensorInfo? tensor) && tensor.Dtype.DecodesToFloat()
            && tensor.Shape is [> 0, 3, long height, long width] && height == side && width == side;
        if (!fits)
        {
            throw new CommandFailedException(
                $"{path}: preprocessed pictures for this model are a tensor {TensorName} of [n, 3, {side}, {side}]; "
                + $"the file has {(tensor is null ? "none of that name" : tensor)}.");
        }

        if (tensor!.ElementCount > Array.MaxLength)
        {
            throw new CommandFailedException(
                $"{path}: {tensor.Shape[0]} pictures are too many for one file: "
                + $"{Array.MaxLength / (3L * side * side)} at most.");
        }

        float[] values = GC.AllocateUninitializedArray<float>((int)tensor.ElementCount);
        file.Read(tensor, values);
        return new ReadOnlyTensorSpan<float>(values, [(nint)tensor.Shape[0], 3, side, side]);
    }

    private static void Report(EncodeResult result, bool asJson)
    {
        if (asJson)
        {
            Json.Print(result, EncodeJson.Default.EncodeResult);
            return;
        }

        foreach (EncodedFile file in result.Embeddings)
        {
            Console.Out.WriteLine($"{file.Output}: {string.Join(" x ", file.Shape)}");
        }
    }
}

/// <summary>What encode --json prints.</summary>
internal sealed record EncodeResult(string Model, string ModelSha256, List<EncodedFile> Embeddings);

/// <summary>One embedding of it, [n, channels, grid, grid].</summary>
internal sealed record EncodedFile(string Input, string Output, int[] Shape)
{
    public static EncodedFile Of(string input, string output, SamEmbedding embedding) =>
        new(input, output, [embedding.Count, embedding.Channels, embedding.Grid, embedding.Grid]);
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EncodeResult))]
internal sealed partial class EncodeJson : JsonSerializerContext;
