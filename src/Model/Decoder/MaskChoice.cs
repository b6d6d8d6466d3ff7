namespace SamNative;

/// <summary>Which of the decoder's masks an answer has: neighbours among its mask tokens.</summary>
/// <param name="First">The mask token of the first one.</param>
/// <param name="Count">How many.</param>
internal readonly record struct MaskChoice(int First, int Count)
{
    /// <summary>The one mask of a prompt that says what is meant.</summary>
    public static MaskChoice Single { get; } = new(0, 1);

    /// <summary>The masks of a prompt that may mean several things: all others.</summary>
    public static MaskChoice Several { get; } = new(1, DecoderGeometry.Masks - 1);

    public static MaskChoice For(bool multimask) => multimask ? Several : Single;
}
