using SamNative.Kernels;

namespace SamNative;

/// <summary>How the values of an encoder's result lie.</summary>
internal enum ResultLayout
{
    /// <summary>[channels, rows, columns].</summary>
    ChannelsFirst,

    /// <summary>[rows, columns, channels].</summary>
    Tokens,
}

/// <summary>The last step of an encoder: takes a map out of the arena, to whoever asked for it.</summary>
internal sealed unsafe class ResultStep(ActivationMap map, ResultLayout layout)
    : EncoderStep(Describe(map, layout), [map], [])
{
    /// <summary>Tokens of a piece: whole cache lines of a channel.</summary>
    private const int PieceTokens = 64;

    internal override int Pieces => (map.Tokens + PieceTokens - 1) / PieceTokens;

    internal override nint ScratchFloats(KernelSet kernels) => 0;

    internal override void Run(EncoderRun run, int piece, float* scratch)
    {
        int first = piece * PieceTokens;
        int count = Math.Min(PieceTokens, map.Tokens - first);
        float* source = run.At(map) + ((nint)first * map.Stride);
        if (layout == ResultLayout.ChannelsFirst)
        {
            Turn(run.Kernels, source, run.Result + first, count);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            new ReadOnlySpan<float>(source + ((nint)i * map.Stride), map.Channels)
                .CopyTo(new Span<float>(run.Result + ((nint)(first + i) * map.Channels), map.Channels));
        }
    }

    /// <summary>Tokens become columns.</summary>
    private void Turn(KernelSet kernels, float* source, float* destination, int count)
    {
        int rows = count / Transpose.Rows * Transpose.Rows;
        int channels = map.Channels / Lane.Count * Lane.Count;
        if (rows > 0 && channels > 0)
        {
            kernels.Transpose(source, map.Stride, destination, map.Tokens, rows, channels);
        }

        for (int i = 0; i < count; i++)
        {
            for (int c = i < rows ? channels : 0; c < map.Channels; c++)
            {
                destination[((nint)c * map.Tokens) + i] = source[((nint)i * map.Stride) + c];
            }
        }
    }

    private static StepDescription Describe(ActivationMap map, ResultLayout layout)
    {
        int[] tokens = [map.Rows, map.Columns, map.Channels];
        return layout == ResultLayout.ChannelsFirst
            ? new StepDescription(
                "result", "result", "channels first", tokens, [map.Channels, map.Rows, map.Columns], 0, 0)
            : new StepDescription("result", "result", string.Empty, tokens, tokens, 0, 0);
    }
}
