namespace SamNative;

/// <summary>What frame a picture is encoded in.</summary>
public enum InputFit
{
    /// <summary>The square, zeros right of the picture or below it: as the original does it.</summary>
    Padded,

    /// <summary>
    /// The square without the rows and columns of tokens that hold nothing of the picture. Faster the longer the picture is, and
    /// not the original's numbers: there is no padding that tokens attend to. Positions are cut, not resized. A square picture
    /// gives the same bytes as <see cref="Padded"/>.
    /// </summary>
    Tight,
}
