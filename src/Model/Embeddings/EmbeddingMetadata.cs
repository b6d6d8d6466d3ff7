using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// What an embedding's file says of its values (docs/embedding.md). Version 1, which has no number, says sizes only: its
/// frame is a square, and the rest is <see cref="Preprocessing"/> and <see cref="Precision"/>.
/// </summary>
/// <param name="OriginalSizes">The pictures.</param>
/// <param name="InputSizes">The pictures as the encoder saw them.</param>
/// <param name="ModelSha256">The model that made it.</param>
/// <param name="Version">The version of SamNative that made it; null where another program did.</param>
internal sealed record EmbeddingMetadata(
    Frame Frame, IReadOnlyList<ImageSize> OriginalSizes, IReadOnlyList<ImageSize> InputSizes, string ModelSha256, string? Version)
{
    /// <summary>SAM's: the longer side of the picture fills the frame, normalised by its constants, then zeros.</summary>
    private const string Preprocessing = "sam";

    /// <summary>Single precision.</summary>
    private const string Precision = "f32";

    private const string Padded = "padded";
    private const string Tight = "tight";
    private const int NewestLayout = 2;

    private const string OriginalSizeKey = "original_size";
    private const string InputSizeKey = "input_size";
    private const string ModelKey = "model_sha256";
    private const string VersionKey = "samnative_version";
    private const string LayoutKey = "embedding_version";
    private const string FrameKey = "frame";
    private const string PatchKey = "patch";
    private const string FitKey = "fit";
    private const string PreprocessingKey = "preprocessing";
    private const string PrecisionKey = "precision";

    /// <summary>The version of this library.</summary>
    public static string OwnVersion { get; } = typeof(EmbeddingMetadata).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>
    /// A frame that is no square was cut to the picture; one that is a square is padded, or had nothing to be cut off, which
    /// is the same.
    /// </summary>
    private static string FitOf(Frame frame) => frame.Rows == frame.Columns ? Padded : Tight;

    public void Write(SafetensorsWriter writer)
    {
        writer.AddMetadata("format", "pt");
        writer.AddMetadata(LayoutKey, Text(NewestLayout));
        writer.AddMetadata(OriginalSizeKey, SizesToJson(OriginalSizes));
        writer.AddMetadata(InputSizeKey, SizesToJson(InputSizes));
        writer.AddMetadata(FrameKey, SizesToJson([new ImageSize(Frame.Rows, Frame.Columns)]));
        writer.AddMetadata(PatchKey, Text(Frame.Patch));
        writer.AddMetadata(FitKey, FitOf(Frame));
        writer.AddMetadata(PreprocessingKey, Preprocessing);
        writer.AddMetadata(PrecisionKey, Precision);
        writer.AddMetadata(ModelKey, ModelSha256);
        if (Version is not null)
        {
            writer.AddMetadata(VersionKey, Version);
        }
    }

    /// <summary>Which layout a file has.</summary>
    /// <exception cref="EmbeddingException">It is newer than this version.</exception>
    public static int ReadLayout(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(LayoutKey, out string? text))
        {
            return 1;
        }

        return TryParse(Encoding.UTF8.GetBytes(text), out int layout) && layout <= NewestLayout
            ? layout
            : throw Unknown(file, LayoutKey, text, $"1 and {NewestLayout}");
    }

    public static string ReadModelSha256(SafetensorsFile file) => Find(file, ModelKey);

    /// <summary>Reads and checks all that is said of a tensor [n, channels, rows, columns].</summary>
    public static EmbeddingMetadata Read(SafetensorsFile file, TensorInfo tensor, EmbeddingLimits limits)
    {
        int count = (int)tensor.Shape[0];
        ImageSize[] original = Sizes(file, OriginalSizeKey, count);
        ImageSize[] input = Sizes(file, InputSizeKey, count);
        ImageSize grid = new((int)tensor.Shape[2], (int)tensor.Shape[3]);
        Frame frame = ReadLayout(file) == 1 ? SquareOf(file, grid.Height, original[0], input[0]) : FrameOf(file, grid);
        for (int i = 0; i < count; i++)
        {
            CheckFit(file, frame, original[i], input[i]);
            CheckLimit(file, original[i], limits);
        }

        return new EmbeddingMetadata(frame, original, input, ReadModelSha256(file), file.Metadata.GetValueOrDefault(VersionKey));
    }

    /// <summary>The square whose side the picture filled: a whole number of pixels per position.</summary>
    private static Frame SquareOf(SafetensorsFile file, int grid, ImageSize original, ImageSize input)
    {
        int side = Math.Max(input.Height, input.Width);
        return side <= SamConfig.MaxSide && side % grid == 0
            ? Frame.Square(side, side / grid)
            : throw WrongFit(file, $"{grid} x {grid} patches", original, input);
    }

    private static Frame FrameOf(SafetensorsFile file, ImageSize grid)
    {
        ImageSize said = Sizes(file, FrameKey, 1)[0];
        string text = Find(file, PatchKey);
        bool isPatch = TryParse(Encoding.UTF8.GetBytes(text), out int patch);
        if (said != grid || !isPatch || Math.Max(grid.Height, grid.Width) * (long)patch > SamConfig.MaxSide)
        {
            throw new EmbeddingException(
                EmbeddingError.WrongSize,
                $"{file.Name}: the metadata says {FrameKey} [{said.Height}, {said.Width}] and {PatchKey} "
                + $"{Printable.Quote(text)}; for this tensor the frame is [{grid.Height}, {grid.Width}], and its sides have "
                + $"{SamConfig.MaxSide} pixels at most.");
        }

        Frame frame = new(grid.Height, grid.Width, patch);
        Require(file, FitKey, FitOf(frame), Tight);
        Require(file, PreprocessingKey, Preprocessing);
        Require(file, PrecisionKey, Precision);
        return frame;
    }

    private static void Require(SafetensorsFile file, string key, params ReadOnlySpan<string> known)
    {
        string text = Find(file, key);
        if (!known.Contains(text))
        {
            throw Unknown(file, key, text, known[0]);
        }
    }

    private static void CheckFit(SafetensorsFile file, Frame frame, ImageSize original, ImageSize input)
    {
        if (!frame.Holds(original, input))
        {
            throw WrongFit(file, $"{frame.Rows} x {frame.Columns} patches of {frame.Patch} pixels", original, input);
        }
    }

    private static void CheckLimit(SafetensorsFile file, ImageSize original, EmbeddingLimits limits)
    {
        long pixels = (long)original.Height * original.Width;
        if (pixels > limits.MaxPixels || !SamMask.IsPossible(original.Width, original.Height))
        {
            throw new EmbeddingException(
                EmbeddingError.TooLarge,
                $"{file.Name}: {OriginalSizeKey} in the metadata is [{original.Height}, {original.Width}]: {pixels} pixels are "
                + $"more than the {limits.MaxPixels} allowed, or than a mask can have. Encode a smaller picture.");
        }
    }

    /// <summary>[height, width] for one picture, a list of them for several.</summary>
    private static string SizesToJson(IReadOnlyList<ImageSize> sizes)
    {
        string list = string.Join(", ", sizes.Select(size => $"[{size.Height}, {size.Width}]"));
        return sizes.Count == 1 ? list : $"[{list}]";
    }

    private static ImageSize[] Sizes(SafetensorsFile file, string key, int count)
    {
        string text = Find(file, key);
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            bool isOne = root.GetArrayLength() == 2 && root[0].ValueKind == JsonValueKind.Number;
            JsonElement[] items = isOne ? [root] : [.. root.EnumerateArray()];
            ImageSize[] sizes = [.. items.Select(item => new ImageSize(Side(item[0]), Side(item[1])))];
            if (sizes.Length == count && items.All(item => item.GetArrayLength() == 2)
                && sizes.All(size => size is { Height: > 0, Width: > 0 }))
            {
                return sizes;
            }
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw WrongSize(file, key, text, count, error);
        }

        throw WrongSize(file, key, text, count, null);
    }

    /// <summary>A side; 0 for what is none.</summary>
    private static int Side(JsonElement number) => TryParse(JsonMarshal.GetRawUtf8Value(number), out int side) ? side : 0;

    /// <summary>Reads a whole number above 0.</summary>
    private static bool TryParse(ReadOnlySpan<byte> text, out int value)
    {
        bool isNumber = WholeNumber.TryParse(text, out Int128 number) && number > 0 && number <= int.MaxValue;
        value = isNumber ? (int)number : 0;
        return isNumber;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Find(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out string? value)
            ? value
            : throw new EmbeddingException(
                key == ModelKey ? EmbeddingError.OtherModel : EmbeddingError.WrongSize,
                $"{file.Name}: the metadata has no {key}: this file was not written as an embedding. "
                + "Write it with SamEmbedding.Save or samnative encode.");

    private static EmbeddingException WrongSize(SafetensorsFile file, string key, string text, int count, Exception? inner) => new(
        EmbeddingError.WrongSize,
        $"{file.Name}: {key} in the metadata is {Printable.Quote(text)}; "
        + (count == 1 ? "for one picture it must" : $"for {count} pictures it must")
        + (key, count) switch
        {
            (FrameKey, _) => " be [rows, columns].",
            (_, 1) => " be [height, width].",
            _ => " be a list of that many [height, width].",
        },
        inner);

    private static EmbeddingException WrongFit(SafetensorsFile file, string frame, ImageSize original, ImageSize input) => new(
        EmbeddingError.WrongSize,
        $"{file.Name}: {InputSizeKey} in the metadata is [{input.Height}, {input.Width}]; no model brings a picture of "
        + $"{OriginalSizeKey} [{original.Height}, {original.Width}] to that in a frame of {frame}. Encode the picture again.");

    private static EmbeddingException Unknown(SafetensorsFile file, string key, string text, string known) => new(
        EmbeddingError.OtherVersion,
        $"{file.Name}: {key} in the metadata is {Printable.Quote(text)}, this version of samnative knows {known}: read it with "
        + "the version that wrote it, or encode the picture again.");
}
