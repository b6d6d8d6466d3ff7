using System.Diagnostics.CodeAnalysis;

namespace SamNative.Cli;

/// <summary>Why one connection did not bring the whole file, as the end of a sentence.</summary>
/// <param name="isTemporary">Whether another attempt may do better.</param>
/// <param name="retryAfter">How long the server asks to be left alone.</param>
[SuppressMessage("Design", "CA1064", Justification = "It never leaves the downloader.")]
internal sealed class TransferException(string message, bool isTemporary, TimeSpan? retryAfter = null)
    : Exception(message)
{
    public bool IsTemporary => isTemporary;

    public TimeSpan? RetryAfter => retryAfter;
}
