using System.Diagnostics.CodeAnalysis;

namespace SamNative.Bench;

/// <summary>Something that cannot be measured, said in one sentence with the cure.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It never leaves the program.")]
internal sealed class BenchFailedException(string message) : Exception(message);
