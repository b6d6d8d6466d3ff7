using System.Buffers.Binary;

namespace SamNative;

/// <summary>
/// A label map as PNG with 16 bits of gray: the value of a pixel is the number of what is there, 0 for nothing.
/// </summary>
public static class LabelMapFile
{
    /// <summary>Writes a label map; the destination stays open.</summary>
    /// <param name="labels">Exactly height x width numbers, row by row.</param>
    /// <param name="size">Rows and columns, at least 1 x 1.</param>
    /// <exception cref="ArgumentException">The size is out of range or the number of labels is another.</exception>
    public static void Write(ReadOnlyMemory<ushort> labels, ImageSize size, Stream destination)
    {
        SamMask.CheckSize(size.Width, size.Height);
        if (labels.Length != (long)size.Width * size.Height)
        {
            throw new ArgumentException(
                $"A label map of {size.Width} x {size.Height} pixels has as many labels; there are {labels.Length}.",
                nameof(labels));
        }

        GrayPng.Write(size, 16, (y, row) => CopyRow(labels.Span, size.Width, y, row), destination);
    }

    /// <summary>Writes a label map; the destination stays open.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static void Write(LabelMap map, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        GrayPng.Write(
            map.Size, 16, (y, row) => CopyRow(map.Labels, map.Size.Width, y, row), destination, cancellationToken);
    }

    /// <summary>Reads a label map from a file.</summary>
    /// <returns>The labels row by row, and rows and columns.</returns>
    /// <exception cref="MaskFormatException">The file is no such PNG within the limits.</exception>
    /// <exception cref="IOException">The file cannot be read or is not there.</exception>
    public static (ushort[] Labels, ImageSize Size) Read(string path, MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        return Read(limits.ReadFile(path), path, limits);
    }

    /// <summary>Reads a label map from the content of a file.</summary>
    /// <param name="name">What errors call it.</param>
    /// <inheritdoc cref="Read(string, MaskFileLimits?)" path="/returns"/>
    /// <exception cref="MaskFormatException">The content is no such PNG within the limits.</exception>
    public static (ushort[] Labels, ImageSize Size) Read(
        ReadOnlySpan<byte> content, string name = "<memory>", MaskFileLimits? limits = null)
    {
        (byte[] samples, ImageSize size) = GrayPng.Read(content, name, 16, limits ?? MaskFileLimits.Default);
        ushort[] labels = new ushort[samples.Length / 2];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = BinaryPrimitives.ReadUInt16BigEndian(samples.AsSpan(2 * i));
        }

        return (labels, size);
    }

    private static void CopyRow(ReadOnlySpan<ushort> labels, int width, int y, Span<byte> row)
    {
        for (int x = 0; x < width; x++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(row[(2 * x)..], labels[(y * width) + x]);
        }
    }
}
