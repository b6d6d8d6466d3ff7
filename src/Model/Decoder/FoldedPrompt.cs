using System.Runtime.CompilerServices;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// A short prompt's side of the attentions between image and tokens, multiplied into their weights once per prompt, so
/// that what is done for every image token is narrower (docs/adr/0006). A column is a pair of head and token,
/// head * Tokens + token.
/// </summary>
internal sealed unsafe class FoldedPrompt : IDisposable
{
    /// <summary>The longest prompt that is folded; from here on the plain projections are as narrow.</summary>
    public const int MostTokens = 16;

    private readonly DecoderGeometry g;
    private readonly KernelSet kernels;
    private readonly NativeBuffer memory;
    private readonly float* rows;
    private readonly float* tile;
    private readonly float* factors;

    public FoldedPrompt(DecoderGeometry geometry, KernelSet kernelSet, int tokens)
    {
        g = geometry;
        kernels = kernelSet;
        Tokens = tokens;
        nint keys = (tokens + RowLayout.SpareRows) * (nint)KeyStride;
        nint products = (Lane.RoundUp(Pairs) + RowLayout.SpareRows) * (nint)g.FoldedStride;
        memory = new NativeBuffer(keys + products + MatrixProduct.TileFloats + Lane.RoundUp(Pairs) + Lane.RoundUp(tokens));
        Keys = memory.Pointer;
        rows = Keys + keys;
        tile = rows + products;
        LogitBias = tile + MatrixProduct.TileFloats;
        factors = LogitBias + Lane.RoundUp(Pairs);
        new Span<float>(factors, tokens).Fill(RelativePositions.Log2E / MathF.Sqrt(g.CrossHeadDim));
        LogitWeight = new PackedMatrix(Lane.RoundUp(g.Width), Pairs, kernels.MaxPanelWidth);
        NextLogitWeight = new PackedMatrix(Lane.RoundUp(g.Width), Pairs, kernels.MaxPanelWidth);
        ResultWeight = new PackedMatrix(Pairs + 1, g.Width, kernels.MaxPanelWidth);
    }

    public int Tokens { get; }

    /// <summary>Pairs of head and token.</summary>
    public int Pairs => g.Heads * Tokens;

    /// <summary>Floats from one token's keys to the next one's.</summary>
    public int KeyStride => g.HeadsStride(g.CrossHeadDim);

    /// <summary>[Tokens, heads]: keys, with the softmax's factor once they were scaled.</summary>
    public float* Keys { get; }

    /// <summary>[Width, Pairs]: from image tokens to their logits.</summary>
    public PackedMatrix LogitWeight { get; }

    /// <summary>[Pairs]: what the projection's bias adds to the logits.</summary>
    public float* LogitBias { get; }

    /// <summary>[Pairs + 1, Width]: from probabilities, and a 1, to what is added to the image tokens.</summary>
    public PackedMatrix ResultWeight { get; }

    /// <summary>[Width, Pairs]: from image tokens to the logits of the prompt's tokens in the next attention.</summary>
    public PackedMatrix NextLogitWeight { get; }

    /// <summary>Multiplies keys by the softmax's factor.</summary>
    public void ScaleKeys() => kernels.ScaleRows(Keys, KeyStride, factors, Keys, KeyStride, Tokens, KeyStride);

    /// <summary>
    /// NextLogitWeight = weight · queries, head by head. What the bias adds is the same for all image tokens: the softmax takes it out.
    /// </summary>
    /// <param name="queries">[Tokens in whole tiles, KeyStride]: the queries; multiplied by the softmax's factor here.</param>
    /// <param name="weight">[heads * headDim, FoldedStride].</param>
    public void FoldKeys(float* queries, float* weight)
    {
        kernels.ScaleRows(queries, KeyStride, factors, queries, KeyStride, Tokens, KeyStride);
        Fold(queries, KeyStride, weight, NextLogitWeight);
    }

    /// <summary>LogitWeight = weight · keys, head by head, and the bias likewise.</summary>
    /// <param name="weight">[heads * headDim, FoldedStride]: <see cref="DecoderGeometry.FoldedStride"/>.</param>
    public void FoldQueries(float* weight)
    {
        Fold(Keys, KeyStride, weight, LogitWeight);
        for (int pair = 0; pair < Pairs; pair++)
        {
            LogitBias[pair] = rows[(pair * g.FoldedStride) + Lane.RoundUp(g.Width)];
        }
    }

    /// <summary>ResultWeight = values · the weight of the output, head by head; the last row is its bias.</summary>
    /// <param name="values">[Tokens in whole tiles, heads], stride ldv.</param>
    public void FoldValues(float* values, nint ldv, Linear output)
    {
        for (int p = 0; p < ResultWeight.Panels.Length; p++)
        {
            Panel panel = ResultWeight.Panels[p];
            float* destination = ResultWeight.At(panel);
            float* weight = output.Weight.At(output.Weight.Panels[p]);
            for (int head = 0; head < g.Heads; head++)
            {
                int channel = head * Lane.RoundUp(g.CrossHeadDim);
                float* source = weight + (channel * panel.Width);
                for (int row = 0; row < Tokens; row += kernels.TileRows)
                {
                    int count = Math.Min(kernels.TileRows, Tokens - row);
                    kernels.Gemm(panel.Width)(
                        values + (row * ldv) + channel, ldv, source, panel.Width, g.CrossHeadDim, null, 0, tile, panel.Width,
                        source, 0);
                    destination = Append(tile, count * panel.Width, destination);
                }
            }

            Append(output.Bias.Pointer + panel.Column, panel.Width, destination);
        }
    }

    public void Dispose()
    {
        memory.Dispose();
        LogitWeight.Dispose();
        NextLogitWeight.Dispose();
        ResultWeight.Dispose();
    }

    /// <summary>
    /// destination[:, (h, t)] = weight of head h, transposed, times row t of head h. Tiles reach past a head's tokens; what
    /// they leave there is overwritten by the next one's.
    /// </summary>
    private void Fold(float* tokens, nint ldt, float* weight, PackedMatrix destination)
    {
        nint stride = g.FoldedStride;
        for (int head = 0; head < g.Heads; head++)
        {
            float* source = tokens + (head * Lane.RoundUp(g.CrossHeadDim));
            float* b = weight + (head * g.CrossHeadDim * stride);
            for (int row = 0; row < Tokens; row += kernels.TileRows)
            {
                float* product = rows + (((head * Tokens) + row) * stride);
                for (int c = 0, width; c < stride; c += width)
                {
                    width = Lane.PanelWidth((int)stride - c, kernels.MaxPanelWidth);
                    kernels.Gemm(width)(
                        source + (row * ldt), ldt, b + c, stride, g.CrossHeadDim, null, 0, product + c, stride, source, 0);
                }
            }
        }

        foreach (Panel panel in destination.Panels)
        {
            kernels.Transpose(
                rows + (panel.Column * stride), stride, destination.At(panel), panel.Width, panel.Width, destination.Rows);
        }
    }

    private static float* Append(float* source, int count, float* destination)
    {
        Unsafe.CopyBlockUnaligned(destination, source, (uint)(count * sizeof(float)));
        return destination + count;
    }
}
