namespace SamNative;

/// <summary>What a point says about the thing that is meant.</summary>
public enum PointLabel
{
    /// <summary>Nothing: the token of no point stands in its place.</summary>
    Ignore = -1,

    /// <summary>The point is not on it.</summary>
    Background = 0,

    /// <summary>The point is on it.</summary>
    Foreground = 1,
}

/// <summary>A point of a prompt, in pixels of the original picture.</summary>
/// <param name="X">From the left edge, 0 … width.</param>
/// <param name="Y">From the top edge, 0 … height.</param>
/// <param name="Label">Whether it is on the thing that is meant.</param>
public readonly record struct SamPoint(double X, double Y, PointLabel Label = PointLabel.Foreground);
