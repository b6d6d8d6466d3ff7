namespace SamNative;

/// <summary>How far a long call has come.</summary>
/// <param name="Done">Steps that are finished.</param>
/// <param name="Total">All steps.</param>
public readonly record struct SamProgress(int Done, int Total);
