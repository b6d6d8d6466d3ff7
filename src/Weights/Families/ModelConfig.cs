using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SamNative.Weights;

/// <summary>
/// The numbers that make a model: everything but the weights. Each family of models has its own, such as
/// <see cref="SamConfig"/>; two are equal where all their numbers are.
/// </summary>
public abstract record ModelConfig
{
    /// <summary>The seed of a synthetic checkpoint; null for trained weights.</summary>
    [JsonPropertyOrder(1)]
    public ulong? Seed { get; init; }

    /// <summary>Whether a model can have these numbers.</summary>
    [JsonIgnore]
    public bool IsPossible => FindProblem() is null;

    /// <summary>What is known of models of this kind.</summary>
    internal abstract ModelFamily Family { get; }

    /// <summary>Every tensor of a model with these numbers, in the order of the original's <c>state_dict</c>.</summary>
    /// <exception cref="CheckpointException">The numbers are impossible.</exception>
    internal abstract ImmutableArray<LayoutTensor> Layout();

    /// <summary>The JSON form, on one line.</summary>
    public abstract string ToJson();

    /// <summary>Checks that a model can have these numbers.</summary>
    /// <param name="source">Where they come from, for messages.</param>
    /// <exception cref="CheckpointException">It cannot; the message says which number is wrong and why.</exception>
    public void Validate(string source)
    {
        if (FindProblem() is string problem)
        {
            throw new CheckpointException(
                CheckpointError.InvalidConfig, $"{source} describes an impossible model: {problem}.");
        }
    }

    /// <summary>Equal where both are of one kind and all numbers are equal, lists included.</summary>
    public virtual bool Equals(ModelConfig? other) =>
        other is not null && EqualityContract == other.EqualityContract && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToJson());

    /// <summary>The JSON form.</summary>
    public sealed override string ToString() => ToJson();

    /// <summary>Why no model can have these numbers; null where one can.</summary>
    private protected abstract string? FindProblem();
}
