namespace SamNative;

/// <summary>
/// The grid of tokens that an encoder runs on. A checkpoint says what it was trained with (<see cref="Square"/>); what is run
/// may be smaller or larger, or cut to a picture's own shape.
/// </summary>
/// <param name="Rows">Tokens from top to bottom.</param>
/// <param name="Columns">Tokens from left to right.</param>
/// <param name="Patch">Pixels per side of a token.</param>
public readonly record struct Frame(int Rows, int Columns, int Patch)
{
    /// <summary>All tokens.</summary>
    public int Tokens => Rows * Columns;

    /// <summary>Rows of pixels.</summary>
    public int Height => Rows * Patch;

    /// <summary>Columns of pixels.</summary>
    public int Width => Columns * Patch;

    /// <summary>A square of side pixels.</summary>
    /// <param name="side">A multiple of the patch.</param>
    /// <param name="patch">Pixels per side of a token.</param>
    public static Frame Square(int side, int patch) => new(side / patch, side / patch, patch);
}
