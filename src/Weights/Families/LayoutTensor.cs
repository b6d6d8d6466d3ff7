using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>A tensor that a model needs.</summary>
/// <param name="Name">The key of the original's <c>state_dict</c>.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
public sealed record LayoutTensor(string Name, ImmutableArray<long> Shape)
{
    /// <summary>The number of values.</summary>
    public long ElementCount => Shape.Aggregate(1L, static (product, side) => product * side);
}

/// <summary>Collects the tensors below a prefix, layer by layer.</summary>
internal sealed class LayoutPart(string prefix)
{
    private readonly ImmutableArray<LayoutTensor>.Builder tensors = ImmutableArray.CreateBuilder<LayoutTensor>();

    public void Add(string name, params ReadOnlySpan<long> shape) =>
        tensors.Add(new LayoutTensor(prefix + name, [.. shape]));

    /// <summary>A linear layer, a convolution or a norm: a weight, and a bias as long as its first side.</summary>
    public void AddLayer(string name, params ReadOnlySpan<long> shape)
    {
        Add($"{name}.weight", shape);
        Add($"{name}.bias", shape[0]);
    }

    /// <summary>A transposed 2 x 2 convolution, whose first side is its input.</summary>
    public void AddTransposed(string name, int input, int output)
    {
        Add($"{name}.weight", input, output, 2, 2);
        Add($"{name}.bias", output);
    }

    public void AddAttention(string name, int width, int inner)
    {
        AddLayer($"{name}.q_proj", inner, width);
        AddLayer($"{name}.k_proj", inner, width);
        AddLayer($"{name}.v_proj", inner, width);
        AddLayer($"{name}.out_proj", width, inner);
    }

    public void AddMlp(string name, int input, int hidden, int output)
    {
        AddLayer($"{name}.layers.0", hidden, input);
        AddLayer($"{name}.layers.1", hidden, hidden);
        AddLayer($"{name}.layers.2", output, hidden);
    }

    public ImmutableArray<LayoutTensor> ToImmutable() => tensors.ToImmutable();
}
