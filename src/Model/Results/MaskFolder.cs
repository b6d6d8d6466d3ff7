using System.Globalization;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// What the original's scripts/amg.py writes: a folder with a PNG per mask, <c>0.png</c> onwards, 255 in and 0 out, and
/// <c>metadata.csv</c> with the rest of each record. Numbers are written as Python writes them.
/// </summary>
public static class MaskFolder
{
    /// <summary>The file with the records.</summary>
    public const string MetadataName = "metadata.csv";

    private const string Header = "id,area,bbox_x0,bbox_y0,bbox_w,bbox_h,point_input_x,point_input_y,predicted_iou,"
        + "stability_score,crop_box_x0,crop_box_y0,crop_box_w,crop_box_h";

    private static readonly int columns = Header.Split(',').Length;

    /// <summary>Makes the folder, whole or not at all.</summary>
    /// <param name="path">The folder; the one it lies in must exist.</param>
    /// <param name="overwrite">Whether an existing folder of masks may be replaced.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="cancellationToken">Takes effect within 100 ms; a folder that was begun goes away.</param>
    /// <exception cref="NonFiniteException">A score or point is NaN or an infinity; nothing was written.</exception>
    /// <exception cref="IOException">
    /// The folder exists and may not be replaced, it holds other things than masks, or the disk fails.
    /// </exception>
    public static void Write(
        string path, bool overwrite, IReadOnlyList<AutomaticMask> masks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(masks);
        MaskRecord.CheckFinite(masks);
        CheckReplaceable(path);
        AtomicFolder.Write(path, overwrite, folder =>
        {
            for (int i = 0; i < masks.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using FileStream png = File.Create(Path.Combine(folder, Name(i)));
                masks[i].Segmentation.ToMask(cancellationToken).WritePng(png, cancellationToken);
                png.Flush(flushToDisk: true);
            }

            // As the original joins them: no line end after the last row.
            using StreamWriter csv = new(Path.Combine(folder, MetadataName));
            csv.Write(Header);
            for (int i = 0; i < masks.Count; i++)
            {
                csv.Write($"\n{Row(masks[i], i)}");
            }
        });
    }

    /// <summary>Refuses to replace a folder that holds anything but masks, so that no work of the user's gets lost.</summary>
    /// <exception cref="IOException">It does.</exception>
    public static void CheckReplaceable(string path)
    {
        string? other = Directory.Exists(path) ? FindOther(path) : null;
        if (other is not null)
        {
            throw new IOException(
                $"{path} holds more than masks ({Printable.Plain(Path.GetFileName(other))}) and is not replaced: choose "
                + "another name, or move that away.");
        }
    }

    /// <summary>Reads the masks of a folder.</summary>
    /// <exception cref="MaskFormatException">The folder does not hold such masks within the limits.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<AutomaticMask> Read(string path, MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        string metadata = Path.Combine(path, MetadataName);
        CheckThere(metadata);
        string text = WrittenText.Decode(limits.ReadFile(metadata));
        string[] lines = WrittenText.Lines(text);
        if (lines[0] != Header)
        {
            throw new MaskFormatException(
                MaskFormatError.BadStructure, metadata, 0, $"the first line must be {Header}. Make the folder again.");
        }

        int count = lines.Length - (lines[^1].Length == 0 ? 2 : 1);
        limits.CheckCount(count, metadata);
        List<AutomaticMask> masks = [];
        int offset = NextLine(text, lines[0].Length);
        for (int i = 0; i < count; offset = NextLine(text, offset + lines[++i].Length))
        {
            double[] row = ParseRow(lines[i + 1], i, metadata, offset);
            string png = Path.Combine(path, Name(i));
            CheckThere(png);
            SamMask mask = GrayPng.ReadMask(limits.ReadFile(png), png, limits);
            ImageSize size = new(mask.Height, mask.Width);
            limits.CheckDrawn(size, count, path);
            if (masks.Count > 0 && masks[0].Segmentation.Size != size)
            {
                throw new MaskFormatException(
                    MaskFormatError.Contradiction, png, 0,
                    $"it has another size than {Name(0)}; all must have that of the picture. Make the folder again.");
            }

            masks.Add(MaskRecord.Make(
                MaskRle.FromMask(mask), new CsvRow(row), metadata, $"row {i + 1}", outer: 0));
        }

        return masks;
    }

    private static string? FindOther(string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(path).FirstOrDefault(entry => !IsOurs(entry));
        }
        catch (DirectoryNotFoundException)
        {
            // Another process is just replacing it by its own.
            return null;
        }
    }

    /// <summary>Where the line begins that follows one which ends here.</summary>
    private static int NextLine(string text, int end) =>
        end + (text.AsSpan(Math.Min(end, text.Length)).StartsWith("\r\n", StringComparison.Ordinal) ? 2 : 1);

    private static string Name(int mask) => $"{mask}.png";

    private static bool IsOurs(string entry)
    {
        string name = Path.GetFileName(entry);
        bool isMask = name.EndsWith(".png", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(0, name.Length - 4), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return !Directory.Exists(entry) && (isMask || name == MetadataName);
    }

    private static void CheckThere(string file)
    {
        if (!File.Exists(file))
        {
            throw new MaskFormatException(
                MaskFormatError.FileMissing, file, 0,
                $"the file is missing. A folder of masks has {MetadataName} and a PNG per row of it.");
        }
    }

    private static string Row(AutomaticMask mask, int id)
    {
        MaskBounds box = mask.Bounds;
        CropBox crop = mask.CropBox;
        return string.Join(
            ',', id, mask.Area, box.X, box.Y, box.Width, box.Height, PythonText(mask.Point.X),
            PythonText(mask.Point.Y), PythonText(mask.PredictedIou),
            PythonText(mask.StabilityScore), crop.X, crop.Y, crop.Width, crop.Height);
    }

    // As Python's str writes a float (below 1e15): the shortest digits that read back, with a point or an exponent.
    private static string PythonText(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E', 'N') ? text.ToLowerInvariant() : $"{text}.0";
    }

    private static double[] ParseRow(string line, int id, string metadata, int offset)
    {
        string[] cells = line.Split(',');
        double[] row = new double[columns];
        bool isRow = cells.Length == columns;
        for (int i = 0; isRow && i < columns; i++)
        {
            isRow = double.TryParse(
                cells[i], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out row[i]);
        }

        return isRow && row[0] == id
            ? row
            : throw new MaskFormatException(
                MaskFormatError.BadSyntax, metadata, offset,
                $"byte {offset}, row {id + 1}: a row is {columns} numbers, and the first of this one is {id}. Make the "
                + "folder again.");
    }

    /// <summary>A row by the names of a record.</summary>
    private sealed class CsvRow(double[] row) : IMaskNumbers
    {
        // What is no whole number is no mask's area.
        public int Area => double.IsInteger(row[1]) ? (int)row[1] : -1;

        public double[] Bbox => row[2..6];

        public double[][] PointCoords => [row[6..8]];

        public double PredictedIou => row[8];

        public double? StabilityScore => double.IsNaN(row[9]) ? null : row[9];

        public double[] CropBox => row[10..14];
    }
}
