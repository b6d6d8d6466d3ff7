namespace SamNative;

/// <summary>Who is told of finished steps, of one encode or of several that belong together.</summary>
/// <param name="Listener">Null for nobody.</param>
/// <param name="Before">Steps of the encodes before this one.</param>
/// <param name="Total">Steps of all of them; 0 where this is the only one.</param>
internal readonly record struct EncodeProgress(IProgress<SamProgress>? Listener, int Before = 0, int Total = 0)
{
    /// <summary>The listener, where it wants to know of every piece.</summary>
    public EncoderProfile? Profile => Listener as EncoderProfile;

    /// <summary>Tells that steps of this encode are done.</summary>
    public void Report(int done, int steps) => Listener?.Report(new SamProgress(Before + done, Total == 0 ? steps : Total));
}
