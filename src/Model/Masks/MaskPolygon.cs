namespace SamNative;

/// <summary>
/// One connected part of a mask as rings on the lines between pixels: pixel (x, y) covers the square from (x, y) to
/// (x + 1, y + 1). A ring lists its corners once, each side is horizontal or vertical, and the last corner joins the
/// first. On the screen, where y grows downwards, outer rings run clockwise and holes counter-clockwise.
/// </summary>
/// <param name="Outer">The outline of the part; it may touch itself at a corner.</param>
/// <param name="Holes">The outlines of what is left out of it.</param>
public sealed record MaskPolygon(
    IReadOnlyList<(int X, int Y)> Outer,
    IReadOnlyList<IReadOnlyList<(int X, int Y)>> Holes);
