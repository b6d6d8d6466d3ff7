namespace SamNative.Bench;

/// <summary>A linear layer of ViT-B as a matrix product: [Rows, Depth] times [Depth, Columns].</summary>
/// <param name="IsLinear">Whether it is a linear layer of the blocks, for which the encoder uses Strassen's algorithm.</param>
internal sealed record ProductShape(string Name, int Rows, int Depth, int Columns, bool IsLinear)
{
    /// <summary>Every shape of the encoder.</summary>
    public static IReadOnlyList<ProductShape> All { get; } =
    [
        new("qkv", 4096, 768, 2304, true),
        new("proj", 4096, 768, 768, true),
        new("fc1", 4096, 768, 3072, true),
        new("fc2", 4096, 3072, 768, true),
        new("neck 1x1", 4096, 768, 256, false),
        new("neck 3x3", 4096, 2304, 256, false),
        new("patch", 4096, 768, 768, false),
    ];

    public double Gflop => 2e-9 * Rows * Depth * Columns;

    public override string ToString() => $"{Name} {Rows}x{Depth}x{Columns}";

    /// <summary>The left-hand side, row by row: ordinary numbers, the same in every process.</summary>
    public float[] Left() => Numbers(Rows * Depth, seed: 1);

    /// <summary>The weights, [Columns, Depth] as PyTorch keeps them.</summary>
    public float[] Weights() => Numbers(Columns * Depth, seed: 2);

    private static float[] Numbers(int count, int seed)
    {
        Random random = new(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (2 * random.NextSingle()) - 1;
        }

        return values;
    }
}
