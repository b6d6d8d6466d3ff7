namespace SamNative.Imaging;

/// <summary>What a mask was asked for with, in pixels of the picture, to be drawn over it.</summary>
public sealed record PromptMarks
{
    /// <summary>Points that belong to the object.</summary>
    public IReadOnlyList<(float X, float Y)> Positive { get; init; } = [];

    /// <summary>Points that do not.</summary>
    public IReadOnlyList<(float X, float Y)> Negative { get; init; } = [];

    /// <summary>The box around the object by two of its corners, if there is one.</summary>
    public (float X0, float Y0, float X1, float Y1)? Box { get; init; }
}
