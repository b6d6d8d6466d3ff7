using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// How the masks in a folder were made. They do not say so themselves; this file beside them does, so that a run goes
/// on only with what it would make too.
/// </summary>
/// <param name="Options">What was given; what is null is the model's own.</param>
internal sealed record EverythingManifest(string ModelSha256, string Format, AutomaticMaskOptions Options)
{
    private const string Name = "samnative-everything.json";
    private const int MaxBytes = 1 << 16;

    /// <summary>Writes it into a folder where there is none, otherwise compares.</summary>
    /// <param name="force">Whether another one may be replaced, since all results will be.</param>
    /// <param name="results">The results of this run: none may be there where nobody knows how it was made.</param>
    /// <exception cref="CommandFailedException">The folder has results that were made in another way.</exception>
    public void Settle(
        string folder, bool force, IEnumerable<string> results, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, Name);
        if (!force && !File.Exists(path) && results.FirstOrDefault(Path.Exists) is string inTheWay)
        {
            throw Refused($"{inTheWay} is in the way, and there is no {Name} to say how it was made");
        }

        byte[] content = JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.EverythingManifest);
        if (force || !File.Exists(path))
        {
            WriteFirst(path, force, content);
        }

        string there = InputFile.ReadText(InputFile.Open(path, cancellation), path, MaxBytes);
        if (there.TrimEnd() != Encoding.UTF8.GetString(content))
        {
            throw Refused(
                $"{path} says that the masks there were made by another model, in another form or with other options");
        }
    }

    /// <summary>Another shard may be quicker; what it wrote is then compared.</summary>
    private static void WriteFirst(string path, bool force, byte[] content)
    {
        try
        {
            AtomicFile.Write(path, force, stream => stream.Write(content));
        }
        catch (IOException) when (!force && File.Exists(path))
        {
            // There is one now.
        }
    }

    private static CommandFailedException Refused(string reason) =>
        new($"{reason}: choose another folder, or make everything in this one again with --force.");
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EverythingManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
