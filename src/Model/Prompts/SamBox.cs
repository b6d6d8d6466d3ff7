namespace SamNative;

/// <summary>A box of a prompt, in pixels of the original picture.</summary>
/// <param name="X0">Left edge.</param>
/// <param name="Y0">Top edge.</param>
/// <param name="X1">Right edge.</param>
/// <param name="Y1">Bottom edge.</param>
public readonly record struct SamBox(double X0, double Y0, double X1, double Y1);
