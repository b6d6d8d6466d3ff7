namespace SamNative;

/// <summary>A part of a picture, in pixels: [x, y, w, h] as the original writes it.</summary>
/// <param name="X">Its leftmost column.</param>
/// <param name="Y">Its topmost row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct CropBox(int X, int Y, int Width, int Height);
