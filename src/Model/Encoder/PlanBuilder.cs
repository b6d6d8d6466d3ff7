using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>Writes down the steps of an encoder: shapes, work, and the slots each one reads and writes.</summary>
internal sealed class PlanBuilder
{
    private readonly SamConfig config;
    private readonly EncoderGeometry g;
    private readonly List<EncoderStep> steps = [];
    private readonly Dictionary<string, long> slotFloats = new(StringComparer.Ordinal);

    public PlanBuilder(SamConfig config, EncoderGeometry geometry)
    {
        this.config = config;
        g = geometry;
        Slots();
        PatchEmbed();
        for (int i = 0; i < config.Depth; i++)
        {
            Block(i, config.IsGlobal(i));
        }

        Neck();
    }

    public IReadOnlyList<EncoderStep> Steps => steps;

    public IReadOnlyDictionary<string, long> SlotFloats => slotFloats;

    private void Slots()
    {
        long rows = g.RowsOfSlots;
        AttentionHead whole = g.Head(global: true);
        AttentionHead window = g.Head(global: false);
        long windows = g.Windows(global: false);
        slotFloats["pixels"] = (long)config.ImgSize * config.ImgSize;
        slotFloats["x"] = rows * g.Stride;
        slotFloats["q"] = rows * g.HeadsStride;
        slotFloats["k"] = g.Heads * Math.Max(whole.KeyFloats, windows * window.KeyFloats);
        slotFloats["v"] = g.Heads * Math.Max(whole.ValueFloats, windows * window.ValueFloats);
        slotFloats["neck"] = rows * g.NeckStride;
    }

    private void PatchEmbed()
    {
        int inputs = 3 * config.PatchSize * config.PatchSize;
        Add(
            "patch_embed", EncoderOperation.PatchEmbed, -1, "normalise, im2col, bias, pos_embed",
            [3, config.ImgSize, config.ImgSize], Grid(g.Width), Product(g.Tokens, inputs, g.Width),
            ((long)inputs * g.Width) + g.Width + ((long)g.Tokens * g.Width), ["pixels"], ["x"]);
    }

    private void Block(int i, bool global)
    {
        long width = g.Width;
        int side = global ? g.Grid : g.Window;
        string name = $"blocks.{i}";
        string windows = global ? string.Empty : $", windows of {g.Window} x {g.Window}";
        Add(
            $"{name}.attn.qkv", EncoderOperation.Qkv, i, $"norm1, bias, head split{windows}",
            Grid(g.Width), Grid(3 * g.Width), Product(g.Tokens, g.Width, 3 * g.Width),
            (3 * width * width) + (3 * width) + (2 * width), ["x"], ["q", "k", "v"]);

        long perQuery = (2L * side * side) + (2 * side);
        Add(
            $"{name}.attn", EncoderOperation.Attention, i, $"rel_pos_h, rel_pos_w, softmax{windows}",
            Grid(3 * g.Width), Grid(g.Width), 2 * g.Tokens * perQuery * width,
            2L * ((2 * side) - 1) * g.HeadDim, ["q", "k", "v"], ["q"]);
        Add(
            $"{name}.attn.proj", EncoderOperation.Projection, i, "bias, residual",
            Grid(g.Width), Grid(g.Width), Product(g.Tokens, g.Width, g.Width),
            (width * width) + width, ["q", "x"], ["x"]);
        Add(
            $"{name}.mlp", EncoderOperation.Mlp, i, "norm2, lin1, GELU, lin2, bias, residual",
            Grid(g.Width), Grid(g.Width), 2 * Product(g.Tokens, g.Width, g.Hidden),
            (2 * width * g.Hidden) + g.Hidden + (3 * width), ["x"], ["x"]);
    }

    private void Neck()
    {
        long width = g.NeckWidth;
        Add(
            "neck.0", EncoderOperation.NeckReduce, -1, "1 x 1 convolution, neck.1 (LayerNorm2d)",
            Grid(g.Width), Grid(g.NeckWidth), Product(g.Tokens, g.Width, g.NeckWidth),
            (width * g.Width) + (2 * width), ["x"], ["neck"]);
        Add(
            "neck.2", EncoderOperation.NeckConvolve, -1, "3 x 3 convolution, neck.3 (LayerNorm2d), channels first",
            Grid(g.NeckWidth), [g.NeckWidth, g.Grid, g.Grid], Product(g.Tokens, 9 * g.NeckWidth, g.NeckWidth),
            (9 * width * width) + (2 * width), ["neck"], []);
    }

    private int[] Grid(int channels) => [g.Grid, g.Grid, channels];

    private static long Product(long rows, long depth, long columns) => 2 * rows * depth * columns;

    private void Add(
        string name, EncoderOperation operation, int block, string fused, int[] input, int[] output, long flops,
        long weights, string[] reads, string[] writes)
    {
        long values = input.Aggregate(1L, (a, b) => a * b) + output.Aggregate(1L, (a, b) => a * b);
        steps.Add(new EncoderStep(
            name, operation, block, fused, input, output, flops, weights * sizeof(float), values * sizeof(float), reads, writes));
    }
}
