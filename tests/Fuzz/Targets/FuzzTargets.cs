namespace SamNative.Fuzz;

/// <summary>Every reader of untrusted bytes: the tests and the long runs go through this table.</summary>
internal static class FuzzTargets
{
    /// <summary>Names and makers; seeds are made when a target is asked for.</summary>
    private static readonly OrderedDictionary<string, Func<FuzzTarget>> makers = new(StringComparer.Ordinal)
    {
        [WeightTargets.SafetensorsName] = WeightTargets.Safetensors,
        [WeightTargets.CheckpointName] = WeightTargets.Checkpoint,
        [WeightTargets.EmbeddingName] = WeightTargets.Embedding,
        [TorchTargets.ZipName] = TorchTargets.Zip,
        [TorchTargets.PickleName] = TorchTargets.Pickle,
        [TorchTargets.LegacyName] = TorchTargets.Legacy,
        [PictureTarget.Name] = PictureTarget.Make,
        [MaskTargets.CocoName] = MaskTargets.Coco,
        [MaskTargets.RunsName] = MaskTargets.Runs,
        [JsonTargets.PromptName] = JsonTargets.Prompt,
        [JsonTargets.ConfigName] = JsonTargets.Config,
    };

    /// <summary>The names of all targets.</summary>
    public static IEnumerable<string> Names => makers.Keys;

    /// <summary>A target by its name, or null where there is none.</summary>
    public static FuzzTarget? TryFind(string name) => makers.GetValueOrDefault(name)?.Invoke();
}
