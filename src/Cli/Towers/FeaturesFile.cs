using System.Globalization;
using System.Numerics.Tensors;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// Features of one picture as a file: safetensors with the tensor tokens, [1, tokens, channels] F32 of the whole picture, and
/// tiles, [n, tokens, channels] F32, where it was cut; the metadata says how it was prepared and by which model (docs/towers.md).
/// </summary>
internal static class FeaturesFile
{
    private const string Tokens = "tokens";
    private const string Tiles = "tiles";
    private const string ModelKey = "model_sha256";
    private const string PresetKey = "preset";
    private const string SideKey = "side";
    private const string GridKey = "grid";
    private const string TileSideKey = "tile_side";
    private const string MaxTilesKey = "max_tiles";
    private const string TilesKey = "tile_rows_columns";
    private const string TileGridKey = "tile_grid";
    private const string OriginalSizeKey = "original_size";
    private const string VersionKey = "samnative_version";

    /// <summary>What is written of a picture.</summary>
    public static SafetensorsWriter Writer(VisualTower tower, ImageSize original, TowerFeatures features)
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata("format", "pt");
        foreach ((string key, string value) in Way(tower))
        {
            writer.AddMetadata(key, value);
        }

        writer.AddMetadata(OriginalSizeKey, Pair(original.Height, original.Width));
        writer.AddMetadata(GridKey, Pair(features.Whole.Rows, features.Whole.Columns));
        writer.AddMetadata(TilesKey, Pair(features.Pictures[0].Rows, features.Pictures[0].Columns));
        if (features.Tiles is { } tiles)
        {
            writer.AddMetadata(TileGridKey, Pair(tiles.Rows, tiles.Columns));
            Add(writer, Tiles, tiles);
        }

        writer.AddMetadata(VersionKey, EmbeddingMetadata.OwnVersion);
        Add(writer, Tokens, features.Whole);
        return writer;
    }

    /// <summary>Why a file is not what a tower would write; null where it is. Its values are not read.</summary>
    /// <exception cref="SafetensorsException">It is no valid safetensors file.</exception>
    public static string? Difference(string path, VisualTower tower)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!file.TryGet(Tokens, out _) || !file.Metadata.ContainsKey(PresetKey))
        {
            return "it holds no features of a tower";
        }

        foreach ((string key, string value) in Way(tower))
        {
            if (file.Metadata.GetValueOrDefault(key) != value)
            {
                return key == ModelKey ? "another model made it" : $"it was made in another way ({key})";
            }
        }

        return null;
    }

    /// <summary>All that decides what a picture's features are.</summary>
    private static IEnumerable<(string Key, string Value)> Way(VisualTower tower)
    {
        TowerPreprocessing preprocessing = tower.Preprocessing;
        yield return (ModelKey, tower.ComputeSha256());
        yield return (PresetKey, preprocessing.Name);
        yield return (SideKey, Text(preprocessing.Side));
        yield return (TileSideKey, Text(preprocessing.TileSide));
        yield return (MaxTilesKey, Text(preprocessing.MaxTiles));
    }

    private static void Add(SafetensorsWriter writer, string name, ViewFeatures features)
    {
        ReadOnlyTensorSpan<float> tokens = features.Tokens;
        float[] values = new float[tokens.FlattenedLength];
        tokens.FlattenTo(values);
        writer.Add(name, [features.Count, features.Rows * features.Columns, features.Channels], values);
    }

    private static string Pair(int rows, int columns) => $"[{Text(rows)},{Text(columns)}]";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
