namespace SamNative.Imaging;

/// <summary>The formats of pictures that are read, and others that are known by their first bytes.</summary>
internal enum PictureFormat
{
    None,
    Png,
    Jpeg,
    Webp,
    Bmp,
    Gif,
}

/// <summary>Tells formats apart by content: a name may say anything.</summary>
internal static class PictureFormats
{
    // The codec would try more formats than these, by weaker signs than these.
    public static PictureFormat Of(ReadOnlySpan<byte> content) => content switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => PictureFormat.Png,
        [0xFF, 0xD8, 0xFF, ..] => PictureFormat.Jpeg,
        [(byte)'B', (byte)'M', ..] => PictureFormat.Bmp,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => PictureFormat.Gif,
        _ => IsRiff(content) ? PictureFormat.Webp : PictureFormat.None,
    };

    /// <summary>What a file of another kind is, "a TIFF picture"; null where that is not known.</summary>
    public static string? NameOfOther(ReadOnlySpan<byte> content)
    {
        if (content.Length >= 12 && content[4..].StartsWith("ftyp"u8))
        {
            return NameOfBrand(content.Slice(8, 4));
        }

        return content switch
        {
            [(byte)'I', (byte)'I', 0x2A or 0x2B, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2A or 0x2B, ..] =>
                "a TIFF picture or the raw file of a camera",
            [(byte)'I', (byte)'I', (byte)'R' or (byte)'U', ..] => "the raw file of a camera",
            [(byte)'F', (byte)'U', (byte)'J', (byte)'I', (byte)'F', (byte)'I', (byte)'L', (byte)'M', ..] =>
                "the raw file of a camera",
            [0xFF, 0x0A, ..] or [0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', (byte)' ', ..] => "a JPEG XL picture",
            [0xFF, 0x4F, 0xFF, 0x51, ..] or [0, 0, 0, 0x0C, (byte)'j', (byte)'P', (byte)' ', (byte)' ', ..] =>
                "a JPEG 2000 picture",
            [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => "a Photoshop document",
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "a PDF document",
            [0x76, 0x2F, 0x31, 0x01, ..] => "an OpenEXR picture",
            [0, 0, 1 or 2, 0, _, 0, ..] => "an icon or cursor of Windows",
            [(byte)'P', >= (byte)'1' and <= (byte)'7', (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t', ..] =>
                "a Netpbm picture",
            [(byte)'<', (byte)'s', (byte)'v', (byte)'g', ..] => "an SVG drawing",
            _ => content.Length >= 132 && content[128..].StartsWith("DICM"u8) ? "a DICOM picture" : null,
        };
    }

    private static bool IsRiff(ReadOnlySpan<byte> content) =>
        content.Length >= 12 && content.StartsWith("RIFF"u8) && content[8..].StartsWith("WEBP"u8);

    /// <summary>ISO media files hold pictures of many kinds, and films, told apart by four letters.</summary>
    private static string? NameOfBrand(ReadOnlySpan<byte> brand)
    {
        if (brand.StartsWith("avi"u8))
        {
            return "an AVIF picture";
        }

        if (brand.SequenceEqual("crx "u8))
        {
            return "the raw file of a camera";
        }

        bool isHeif = brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8)
            || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("mif2"u8) || brand.SequenceEqual("msf1"u8);
        return isHeif ? "a HEIC picture" : null;
    }
}
