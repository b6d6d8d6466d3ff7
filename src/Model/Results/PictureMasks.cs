namespace SamNative;

/// <summary>The masks of one picture, as files of masks hold them.</summary>
/// <param name="FileName">How the file names its picture: its name, or its path from the file on.</param>
/// <param name="Size">Rows and columns of the picture, upright: the size of every mask.</param>
/// <param name="Masks">The masks, in the order of the file.</param>
public sealed record PictureMasks(string FileName, ImageSize Size, IReadOnlyList<AutomaticMask> Masks)
{
    /// <summary>The picture's number, which sets the pictures of one file apart.</summary>
    public long Id { get; init; } = 1;
}
