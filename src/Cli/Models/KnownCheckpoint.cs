using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>A checkpoint that others publish, and how its file is known again.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="FileName">What its file is called where it is published, in our cache and in torch hub's.</param>
/// <param name="Bytes">The length of the file; null where nobody has measured it for us.</param>
/// <param name="Sha256">The SHA-256 of the file, lower-case hexadecimal: it decides, wherever the file comes from.</param>
/// <param name="IsConfirmed">Whether that hash was seen on the file itself, not only in somebody's list.</param>
/// <param name="HuggingFaceRepository">The folder of the same weights in Hugging Face's cache.</param>
/// <param name="Config">The numbers of the model in it.</param>
internal sealed record KnownCheckpoint(
    string Name, string FileName, long? Bytes, string Sha256, bool IsConfirmed, string HuggingFaceRepository,
    SamConfig Config)
{
    /// <summary>The one list of them.</summary>
    public static IReadOnlyList<KnownCheckpoint> All { get; } =
    [
        new(
            "vit_b", "sam_vit_b_01ec64.pth", 375_042_383,
            "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912", IsConfirmed: true,
            "models--facebook--sam-vit-base", SamConfig.VitB),
        new(
            "vit_l", "sam_vit_l_0b3195.pth", null,
            "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622", IsConfirmed: false,
            "models--facebook--sam-vit-large", SamConfig.VitL),
        new(
            "vit_h", "sam_vit_h_4b8939.pth", null,
            "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e", IsConfirmed: false,
            "models--facebook--sam-vit-huge", SamConfig.VitH),
    ];

    /// <summary>The checkpoint of that name, or null.</summary>
    public static KnownCheckpoint? Find(string name) => All.FirstOrDefault(checkpoint => checkpoint.Name == name);

    /// <summary>The licence of all of them (SPDX), which is that of the original's repository.</summary>
    public const string License = "Apache-2.0";

    /// <summary>The checkpoint whose file has that SHA-256, or null.</summary>
    public static KnownCheckpoint? FindHash(string sha256) =>
        All.FirstOrDefault(checkpoint => checkpoint.Sha256 == sha256);
}
