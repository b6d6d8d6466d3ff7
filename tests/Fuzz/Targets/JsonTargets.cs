using System.Text;
using SamNative.Cli;
using SamNative.Weights;

namespace SamNative.Fuzz;

/// <summary>What users write by hand, and strangers send: prompts and configurations of models.</summary>
internal static class JsonTargets
{
    public const string PromptName = "prompt";
    public const string ConfigName = "config";

    private static readonly string[] words =
    [
        "\"", "{", "}", "[", "]", ",", ":", "null", "true", "\\ud800", "\\u0000", "\"\\ud800\":1,", "1e999", "-1e999",
        "0.1e-400", "{}", "[]", "[[", "\uFEFF", "\u001b[2J", "\xC3\xA9", "\xFF", "//", "/*", "NaN", "\"x\":1,", " ", "\n", "\t",
    ];

    public static FuzzTarget Prompt() => new(
        PromptName,
        FuzzTarget.Texts(
            """{"points":[[10,20.5],[3e1,-4]],"labels":[1,0],"box":[1,2,300,400]}""",
            """{"box":[0,0,1,1]}""",
            """{ "labels": [1], "points": [ [0, 0] ] }"""),
        [.. words, "\"points\"", "\"labels\"", "\"box\"", "\"box\":[1,2,3,4],", "\"p\\u006fints\":[[1,2]],"],
        file =>
        {
            SamPrompt prompt = PromptFile.Read(file, "prompt.json");
            if (prompt.Points.Any(point => !double.IsFinite(point.X) || !double.IsFinite(point.Y))
                || prompt.Box is SamBox box && !double.IsFinite(box.X0 + box.Y0 + box.X1 + box.Y1))
            {
                throw new InvalidOperationException("A prompt that is not finite was accepted.");
            }
        },
        [typeof(CommandFailedException)],
        MaxBytes: 1 << 20);

    public static FuzzTarget Config() => new(
        ConfigName,
        FuzzTarget.Texts(
            SamConfig.VitB.ToJson(),
            (SamConfig.VitH with { Seed = 7, MlpRatio = 4.142857142857143 }).ToJson()),
        [.. words, "\"seed\":1,", "\"depth\":1000", "\"depth\"", "\"Depth\":1,", "\"global_attn_indexes\":[]", "-0.0"],
        file =>
        {
            SamConfig config = SamConfig.Parse(Encoding.UTF8.GetString(file), "config.json");
            using SyntheticCheckpoint model = new(config);
            if (SamConfig.Parse(config.ToJson(), "config.json") != config)
            {
                throw new InvalidOperationException("The configuration changes when it is written and read again.");
            }
        },
        [typeof(CheckpointException)],
        MaxBytes: 32 << 20);
}
