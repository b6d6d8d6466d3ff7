namespace SamNative.Weights;

/// <summary>The families of models that are known: a new one is new files, and a line here.</summary>
internal static class ModelFamilies
{
    /// <summary>All of them. The first that claims a file reads it, so the last one is the most general.</summary>
    private static readonly ModelFamily[] all =
    [
        TowerFamily.Instance,
        SamFamily.Instance,
    ];

    /// <summary>The family that a file is to be read by; what belongs to none is the last one's to refuse.</summary>
    public static ModelFamily Of(KeyTable table) => Array.Find(all, family => family.Claims(table)) ?? all[^1];

    /// <summary>The names of the model in a file, whatever its family; null where it is none.</summary>
    public static KeyNaming? FindNaming(KeyTable table) => Of(table).FindNaming(table);

    /// <summary>Reads a configuration of any family, see <see cref="SamConfig.Parse"/>.</summary>
    public static ModelConfig ParseConfig(string json, string source)
    {
        IReadOnlySet<string> keys = ConfigText.Keys(json);
        return (Array.Find(all, family => family.ClaimsConfig(keys)) ?? all[^1]).ParseConfig(json, source);
    }
}
