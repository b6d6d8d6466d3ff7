using System.Text.Json.Serialization;

namespace SamNative.Bench;

/// <summary>How the file of weights beside the peer's graph is laid out.</summary>
internal sealed record WeightsList(string File, long FileBytes, IReadOnlyList<ListedTensor> Tensors);

/// <summary>One tensor of it.</summary>
internal sealed record ListedTensor(string Name, long[] Shape, long Offset, long Bytes);

/// <summary>Its JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WeightsList))]
internal sealed partial class WeightsListJson : JsonSerializerContext;
