using System.Text.Json;
using System.Text.Unicode;

namespace SamNative.Weights;

/// <summary>
/// Hugging Face's index of a model that lies in several files (<c>*.index.json</c>): which tensor is in which of them. The
/// text is checked, the files are not looked at.
/// </summary>
internal sealed class ShardIndex
{
    /// <summary>Our limit of the text; the largest published indexes have 15 MB.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Our limit of tensors.</summary>
    public const int MaxTensors = 1_000_000;

    /// <summary>Our limit of files.</summary>
    public const int MaxShards = 10_000;

    private const int MaxDepth = 8;

    private readonly OrderedDictionary<string, string> shardOf = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, string> metadata = new(StringComparer.Ordinal);

    /// <summary>One string for every shard, however many tensors are in it.</summary>
    private readonly Dictionary<string, string> shards = new(StringComparer.Ordinal);

    private readonly string name;

    private ShardIndex(string name) => this.name = name;

    /// <summary>The shard of every tensor, in the order of the text.</summary>
    public IReadOnlyDictionary<string, string> ShardOf => shardOf;

    /// <summary>What it says of the model, such as <c>total_size</c>: numbers as they are written.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>The number of shards.</summary>
    public int ShardCount => shards.Count;

    /// <summary>Whether a file begins like JSON, as no other file of weights does.</summary>
    public static bool IsJson(ReadOnlySpan<byte> start) => start.TrimStart(" \t\r\n"u8).StartsWith("{"u8);

    /// <summary>Reads an index.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="name">The file, for messages.</param>
    /// <exception cref="CheckpointException">It is none, or breaks a rule.</exception>
    public static ShardIndex Parse(ReadOnlySpan<byte> text, string name)
    {
        ShardIndex index = new(name);
        if (!Utf8.IsValid(text))
        {
            throw index.Error(0, "the text is not UTF-8.");
        }

        Utf8JsonReader json = new(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            index.Read(ref json);
            return index;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The reader throws the latter for text that is no Unicode, such as half a surrogate pair.
            throw index.Error(json.TokenStartIndex, $"the text is not JSON as an index has it. {Printable.Plain(error.Message)}");
        }
    }

    private void Read(ref Utf8JsonReader json)
    {
        bool hasMap = false;
        json.Read();
        Require(json, JsonTokenType.StartObject, "an object");
        while (NextProperty(ref json))
        {
            if (json.ValueTextEquals("weight_map"u8))
            {
                if (hasMap)
                {
                    throw Error(json.TokenStartIndex, "weight_map is there twice.");
                }

                hasMap = true;
                json.Read();
                ReadMap(ref json);
            }
            else if (json.ValueTextEquals("metadata"u8))
            {
                json.Read();
                ReadMetadata(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        // Throws where something follows the object.
        json.Read();
        if (!hasMap)
        {
            throw new CheckpointException(
                CheckpointError.UnknownFormat,
                $"{name} is JSON without a weight_map, and so no index of a model in several files: "
                + "give that index, or a file of weights.");
        }
    }

    private void ReadMap(ref Utf8JsonReader json)
    {
        Require(json, JsonTokenType.StartObject, "weight_map an object");
        while (NextProperty(ref json))
        {
            string tensor = json.GetString()!;
            json.Read();
            Require(json, JsonTokenType.String, $"the shard of {Printable.Quote(tensor)} a string");
            string shard = json.GetString()!;
            CheckName(shard, json.TokenStartIndex);
            if (!shardOf.TryAdd(tensor, Once(shard)))
            {
                throw Error(json.TokenStartIndex, $"the tensor {Printable.Quote(tensor)} is there twice.");
            }

            if (shardOf.Count > MaxTensors || shards.Count > MaxShards)
            {
                throw Error(json.TokenStartIndex, $"it lists more than {MaxTensors} tensors or {MaxShards} shards.");
            }
        }
    }

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        Require(json, JsonTokenType.StartObject, "metadata an object");
        while (NextProperty(ref json))
        {
            string key = json.GetString()!;
            json.Read();
            string? value = json.TokenType switch
            {
                JsonTokenType.String => json.GetString(),
                JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(json.ValueSpan),
                _ => null,
            };
            json.Skip();
            if (value is not null)
            {
                metadata[key] = value;
            }
        }
    }

    /// <summary>A shard is a plain name: whatever leads out of the index's folder, or means a device, is no shard.</summary>
    private void CheckName(string shard, long position)
    {
        bool isPlain = shard is not ("" or "." or "..")
            && !shard.AsSpan().ContainsAny('/', '\\', ':')
            && !shard.Any(char.IsControl);
        if (!isPlain)
        {
            throw Error(
                position,
                $"the shard {Printable.Quote(shard)} is not the plain name of a file beside the index. "
                    + "Put all shards into the folder of the index, and name them without folders.");
        }
    }

    private string Once(string shard)
    {
        if (!shards.TryGetValue(shard, out string? known))
        {
            shards.Add(shard, known = shard);
        }

        return known;
    }

    private static bool NextProperty(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.PropertyName;
    }

    private void Require(in Utf8JsonReader json, JsonTokenType token, string what)
    {
        if (json.TokenType != token)
        {
            throw Error(json.TokenStartIndex, $"{what} is needed.");
        }
    }

    private CheckpointException Error(long position, string problem) => new(
        CheckpointError.InvalidIndex, $"{name}, byte {position}: {problem} Fetch or write the index again.");
}
