namespace SamNative.Weights;

/// <summary>What a PyTorch file holds, of either form.</summary>
/// <param name="Root">The value that was saved.</param>
/// <param name="RootPlace">Where it is described.</param>
/// <param name="Storages">Where the values of each storage are.</param>
/// <param name="Strangers">Classes and functions it names that a table of tensors does not need.</param>
internal sealed record TorchContent(
    PickleNode Root,
    FilePlace RootPlace,
    IReadOnlyDictionary<StorageRef, StoredBytes> Storages,
    IReadOnlyCollection<string> Strangers);
