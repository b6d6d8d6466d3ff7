namespace SamNative.Imaging;

/// <summary>Takes the rows of a picture as they are stored and puts each pixel where it is seen.</summary>
internal sealed class UprightPicture
{
    private readonly int storedWidth;
    private readonly int orientation;
    private readonly byte[] rgb;
    private readonly byte[]? alpha;

    // Seen upright, the first stored pixel is pixel start, and a step right or down in the stored picture is a step of
    // right or down pixels in what is seen.
    private readonly int start, right, down;

    /// <param name="width">Pixels in a stored row.</param>
    /// <param name="height">Stored rows.</param>
    /// <param name="orientation">Where the first row and column belong: TIFF's tag 274, 1 to 8.</param>
    /// <param name="hasAlpha">Whether alpha is kept.</param>
    public UprightPicture(int width, int height, int orientation, bool hasAlpha)
    {
        (storedWidth, this.orientation) = (width, orientation);
        (start, right, down) = orientation switch
        {
            2 => (width - 1, -1, width),
            3 => ((width * height) - 1, -1, -width),
            4 => (width * (height - 1), 1, -width),
            5 => (0, height, 1),
            6 => (height - 1, height, -1),
            7 => ((width * height) - 1, -height, -1),
            8 => ((width - 1) * height, -height, 1),
            _ => (0, 1, width),
        };
        (Width, Height) = orientation >= 5 ? (height, width) : (width, height);
        rgb = GC.AllocateUninitializedArray<byte>(width * height * 3);
        alpha = hasAlpha ? GC.AllocateUninitializedArray<byte>(width * height) : null;
    }

    private int Width { get; }

    private int Height { get; }

    /// <summary>Takes some rows.</summary>
    /// <param name="pixels">Whole rows: red, green, blue and alpha from the lowest byte on.</param>
    /// <param name="firstRow">Which rows they are.</param>
    public void Add(ReadOnlySpan<uint> pixels, int firstRow)
    {
        int rows = pixels.Length / storedWidth;
        int from = start + (firstRow * down);

        // Along the steps of one pixel, whichever they are: memory is written in order.
        if (Math.Abs(right) == 1)
        {
            for (int y = 0; y < rows; y++)
            {
                Add(pixels[(y * storedWidth)..], 1, storedWidth, from + (y * down), right);
            }
        }
        else
        {
            for (int x = 0; x < storedWidth; x++)
            {
                Add(pixels[x..], storedWidth, rows, from + (x * right), down);
            }
        }
    }

    /// <summary>The picture, when all rows are there.</summary>
    public DecodedImage ToImage(IReadOnlyList<string> notes) => new(rgb, Width, Height)
    {
        Alpha = alpha.AsSpan().ContainsAnyExcept((byte)255) ? alpha : default(ReadOnlyMemory<byte>),
        Orientation = orientation,
        Notes = notes,
    };

    /// <summary>Whether no sample is above a value.</summary>
    public bool IsWithin(byte most) => !rgb.AsSpan().ContainsAnyExceptInRange((byte)0, most);

    private void Add(ReadOnlySpan<uint> pixels, int step, int count, int to, int toStep)
    {
        for (int i = 0; i < count; i++, to += toStep)
        {
            uint pixel = pixels[i * step];
            Span<byte> samples = rgb.AsSpan(to * 3, 3);
            samples[0] = (byte)pixel;
            samples[1] = (byte)(pixel >> 8);
            samples[2] = (byte)(pixel >> 16);
            if (alpha is not null)
            {
                alpha[to] = (byte)(pixel >> 24);
            }
        }
    }
}
