namespace SamNative.Bench;

/// <summary>
/// One of the things that are compared, as the process that holds it sees it: something that is loaded once and then
/// run, again and again, on inputs of its own.
/// </summary>
internal interface IEngine : IDisposable
{
    /// <summary>What computes, with version and settings, for the report. Valid once loaded.</summary>
    string Description { get; }

    /// <summary>Loads the weights and everything else that happens once.</summary>
    void Load();

    /// <summary>Computes one of its items; an encoder has one, number 0.</summary>
    void Run(int item);

    /// <summary>What the last run of an item computed.</summary>
    ReadOnlySpan<float> Output(int item);
}
