namespace SamNative.Cli;

/// <summary>The forms in which everything writes the masks of a picture.</summary>
internal static class ResultFormat
{
    public const string Png = "png";
    public const string Coco = "coco";
    public const string Sa1b = "sa1b";
    public const string Labelme = "labelme";
    public const string Rle = "rle";

    public static string[] All { get; } = [Png, Coco, Sa1b, Labelme, Rle];

    /// <summary>Writes one of the forms that are a file; PNG is a folder.</summary>
    public static void Write(PictureMasks picture, string format, Stream destination, CancellationToken cancellation)
    {
        switch (format)
        {
            case Coco:
                CocoFile.Write([picture], destination, cancellation);
                break;
            case Sa1b:
                Sa1bFile.Write(picture, destination, cancellation);
                break;
            case Labelme:
                LabelmeFile.Write(picture, destination, cancellation);
                break;
            default:
                RecordFile.Write(picture.Masks, destination, cancellation);
                break;
        }
    }
}
