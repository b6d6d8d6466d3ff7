namespace SamNative.Imaging;

/// <summary>
/// What the markers of a JPEG say about its scans. A file that was cut short lacks the end mark, and the decoder tells
/// poorly what else: of a picture built up in several scans it makes a coarse one and reports success.
/// </summary>
/// <param name="Count">How many scans there are.</param>
/// <param name="AreSeveral">Whether the picture is built up in several: the decoder then holds all of it at a time.</param>
/// <param name="HasEnd">Whether the mark of the end is there.</param>
internal readonly record struct JpegScans(int Count, bool AreSeveral, bool HasEnd)
{
    /// <summary>
    /// Encoders make a dozen. Each one costs a walk over the whole picture, however few bytes it has, so that a small
    /// file of many scans could keep a decoder busy for hours.
    /// </summary>
    public const int MaxCount = 200;

    public static JpegScans Of(ReadOnlySpan<byte> content)
    {
        bool areSeveral = false;
        int components = 0;
        int count = 0;
        JpegMarkers markers = new(content);
        while (markers.MoveNext())
        {
            if (markers.Marker == JpegMarkers.EndOfImage)
            {
                return new JpegScans(count, areSeveral, HasEnd: true);
            }

            if (markers.IsFrame && markers.Segment.Length > 5)
            {
                components = markers.Segment[5];
                areSeveral |= markers.Marker is not (0xC0 or 0xC1);
            }
            else if (markers.Marker == JpegMarkers.StartOfScan && !markers.Segment.IsEmpty)
            {
                count++;
                areSeveral |= markers.Segment[0] < components;
            }
        }

        return new JpegScans(count, areSeveral, HasEnd: false);
    }
}
