using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>The command line of the paired runner.</summary>
internal sealed class CompareCommand : Command
{
    public const string Verb = "compare";

    private const int Ok = 0;
    private const int Failed = 1;

    private readonly Option<int> pairs = Count(
        "--pairs", 7, "How many times each engine runs after warming up; figures to publish need 7 or more.");

    private readonly Option<int> threads = Count(
        "--threads", Processors.PhysicalCores, "Threads of each engine; one per core unless given.");

    private readonly Option<Peer> peer = new("--peer")
    {
        HelpName = "ort|ort-int8",
        Description = "ONNX Runtime in single precision, or with its linear layers in dynamic int8.",
        CustomParser = ParsePeer,
    };

    private readonly Option<string?> model = new("--model")
    {
        HelpName = "PATH",
        Description = "A safetensors file of a ViT-B. Without it: the synthetic one of seed 0, for which there are "
            + "reference values.",
    };

    private readonly Option<string?> output = new("--out")
    {
        HelpName = "DIR",
        Description = "Where results go, in a folder per processor. Default: bench/results.",
    };

    private readonly Option<bool> matmul = new("--matmul") { Description = "Compare matrix products alone instead." };
    private readonly Option<bool> scaling = new("--scaling") { Description = "Measure what threads give us instead." };
    private readonly Option<bool> avx2 = new("--avx2") { Description = "Measure us without AVX-512 instead." };
    private readonly Option<bool> masks = new("--masks") { Description = "Measure our automatic masks instead." };
    private readonly Option<bool> all = new("--all") { Description = "Measure everything: both peers, and the four above." };

    private readonly Option<string?> picture = new("--picture")
    {
        HelpName = "PATH",
        Description = "The picture of --masks, which is brought to two sizes. Without it: the sample picture.",
    };

    public CompareCommand()
        : base(Verb, "Compare our encoder with ONNX Runtime's in interleaved pairs, and write a page of results.")
    {
        foreach (Option option in new Option[] { pairs, threads, peer, model, output, matmul, scaling, avx2, masks, picture, all })
        {
            Add(option);
        }

        SetAction(Guarded);
    }

    private int Guarded(ParseResult parsed)
    {
        try
        {
            Run(parsed);
            return Ok;
        }
        catch (Exception error) when (error is BenchFailedException or SafetensorsException or CheckpointException
            or PyTorchException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Progress.Say(error.Message);
            return Failed;
        }
    }

    private void Run(ParseResult parsed)
    {
        Settings settings = new(parsed.GetValue(pairs), parsed.GetValue(threads), parsed.GetValue(model));
        string folder = parsed.GetValue(output) ?? Workspace.Results;
        bool everything = parsed.GetValue(all);
        bool special = new[] { matmul, scaling, avx2, masks }.Any(parsed.GetValue);
        string page = string.Empty;
        if (everything || (!special && parsed.GetValue(peer) == Peer.Ort))
        {
            EncoderResult result = EncoderComparison.Measure(settings, Peer.Ort);
            page = ResultBook.Update(folder, book => book with { Encoder = result });
        }

        if (everything || (!special && parsed.GetValue(peer) == Peer.OrtInt8))
        {
            EncoderResult result = EncoderComparison.Measure(settings, Peer.OrtInt8);
            page = ResultBook.Update(folder, book => book with { EncoderInt8 = result });
        }

        if (everything || parsed.GetValue(matmul))
        {
            ProductsResult result = ProductComparison.Measure(settings);
            page = ResultBook.Update(folder, book => book with { Products = result });
        }

        if (everything || parsed.GetValue(scaling))
        {
            ScalingResult result = ScalingMeasurement.Measure(settings);
            page = ResultBook.Update(folder, book => book with { Scaling = result });
        }

        if (everything || parsed.GetValue(avx2))
        {
            NarrowResult result = NarrowMeasurement.Measure(settings);
            page = ResultBook.Update(folder, book => book with { Narrow = result });
        }

        if (everything || parsed.GetValue(masks))
        {
            MasksResult result = MasksMeasurement.Measure(settings, parsed.GetValue(picture));
            page = ResultBook.Update(folder, book => book with { Masks = result });
        }

        Console.Write(File.ReadAllText(page));
        Progress.Say($"written to {page}");
    }

    private static Option<int> Count(string name, int without, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        DefaultValueFactory = _ => without,
        CustomParser = result =>
        {
            const int Most = 1000;
            string text = result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count is < 1 or > Most)
            {
                result.AddError($"{name} {text}: give a whole number from 1 to {Most}.");
            }

            return count;
        },
    };

    private static Peer ParsePeer(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        switch (text)
        {
            case "ort":
                return Peer.Ort;
            case "ort-int8":
                return Peer.OrtInt8;
            default:
                result.AddError($"--peer {text}: there are ort and ort-int8.");
                return default;
        }
    }
}
