using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// How a visual tower is loaded and run. <see cref="Preprocessing"/> and <see cref="InputSize"/> change results, nothing
/// else does.
/// </summary>
public sealed record TowerOptions
{
    private readonly int threads;

    /// <inheritdoc cref="SamOptions.Threads"/>
    public int Threads
    {
        get => threads;
        init => threads = SamOptions.CheckThreads(value);
    }

    /// <inheritdoc cref="SamOptions.Isa"/>
    public IsaLevel? Isa { get; init; }

    /// <summary>
    /// How pictures are prepared; null takes the preset of the model that the file shows, and <see cref="TowerPreprocessing.Sam"/>
    /// where it shows none.
    /// </summary>
    public TowerPreprocessing? Preprocessing { get; init; }

    /// <summary>
    /// Pixels per side of the view of a whole picture, without tiles: <see cref="TowerPreprocessing.Whole"/>, or the size that
    /// the tower was trained with. Null takes what the preset says. Positions are resized as the models do it.
    /// </summary>
    public int? InputSize { get; init; }

    /// <inheritdoc cref="SamOptions.AllowNonFiniteWeights"/>
    public bool AllowNonFiniteWeights { get; init; }

    /// <summary>
    /// Loads a file with further tensors between those of the tower instead of refusing it. They are left out, and listed in
    /// <see cref="VisualTower.Notes"/>. The language model beside a tower needs no leave.
    /// </summary>
    public bool IgnoreUnexpectedTensors { get; init; }
}
