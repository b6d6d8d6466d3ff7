namespace SamNative.Cli;

/// <summary>What a verb does with each of many pictures.</summary>
/// <typeparam name="T">What it makes of one.</typeparam>
internal interface IBatchStep<T>
{
    /// <summary>The files and folders that the picture's results are.</summary>
    IEnumerable<string> Targets(Picture picture);

    /// <summary>Whether the result is there, whole, and what this run would make.</summary>
    /// <exception cref="Exception">Something else is in its place. That ends the run before it begins.</exception>
    bool IsDone(Picture picture);

    /// <summary>Reads the picture and computes. What fails here fails for this picture alone.</summary>
    T Make(Picture picture, IProgress<SamProgress> progress, CancellationToken cancellation);

    /// <summary>
    /// Writes what was made, whole or not at all. What fails here would fail for the next one too, and ends the run,
    /// unless it is the name alone (<see cref="Weights.OutputNameException"/>).
    /// </summary>
    void Save(Picture picture, T made);
}
