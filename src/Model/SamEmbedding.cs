using System.Numerics.Tensors;

namespace SamNative;

/// <summary>
/// What the image encoder makes of one or more pictures, and all that prompts need of them: encode once, then prompt as
/// often as you like, now or later, here or in another process. It can be saved, loaded and shared between threads.
/// </summary>
public sealed class SamEmbedding : IDisposable
{
    private readonly ImageSize[] originalSizes;
    private readonly ImageSize[] inputSizes;
    private float[]? values;

    internal SamEmbedding(int count, int channels, int grid)
    {
        Count = count;
        Channels = channels;
        Grid = grid;
        values = GC.AllocateUninitializedArray<float>(checked(count * channels * grid * grid), pinned: true);
        originalSizes = new ImageSize[count];
        inputSizes = new ImageSize[count];
    }

    /// <summary>How many pictures it holds.</summary>
    public int Count { get; }

    /// <summary>Channels per position: 256 for the published models.</summary>
    public int Channels { get; }

    /// <summary>Positions per side: 64 for the published models.</summary>
    public int Grid { get; }

    /// <summary>The values, [Count, Channels, Grid, Grid].</summary>
    /// <exception cref="ObjectDisposedException">The embedding was disposed.</exception>
    public ReadOnlyTensorSpan<float> Tensor => new(Values, [Count, Channels, Grid, Grid]);

    /// <summary>The size of the first picture before it was resized: the frame of prompts and masks.</summary>
    public ImageSize OriginalSize => originalSizes[0];

    /// <summary>The size of the first picture as the encoder saw it, without padding.</summary>
    public ImageSize InputSize => inputSizes[0];

    /// <summary>The original sizes of all pictures.</summary>
    public IReadOnlyList<ImageSize> OriginalSizes => originalSizes;

    /// <summary>The resized sizes of all pictures.</summary>
    public IReadOnlyList<ImageSize> InputSizes => inputSizes;

    /// <summary>The SHA-256 of the model's weights, lower-case hexadecimal; null where it is not known yet.</summary>
    public string? ModelSha256 { get; internal set; }

    internal float[] Values
    {
        get
        {
            ObjectDisposedException.ThrowIf(values is null, this);
            return values;
        }
    }

    /// <summary>Releases the values. An embedding that is still in use by a predictor must not be disposed.</summary>
    public void Dispose() => values = null;

    internal void SetSizes(int index, ImageSize original, ImageSize input)
    {
        originalSizes[index] = original;
        inputSizes[index] = input;
    }

    /// <summary>The values of one picture, [Channels, Grid, Grid].</summary>
    internal ReadOnlySpan<float> At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int length = Channels * Grid * Grid;
        return Values.AsSpan(index * length, length);
    }
}
