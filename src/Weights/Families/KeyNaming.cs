using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// How a file spells the keys of the original. What stands in front of all keys, such as <c>module.</c> of a model that was
/// trained on several devices, is the wrapper.
/// </summary>
internal abstract class KeyNaming
{
    private static readonly string[] wrappers = ["module.", "sam.", "model.", "transformer."];

    /// <summary>In front of the encoder's keys, the wrapper included.</summary>
    public abstract string EncoderPrefix { get; }

    /// <summary>Whether everything in front of the keys is known.</summary>
    public abstract bool IsKnown { get; }

    /// <summary>Whose names these are, for messages: <c>the original</c>, <c>Hugging Face</c>.</summary>
    public abstract string Spelling { get; }

    /// <summary>How the file spells a key of the original; a second name stands for the same tensor.</summary>
    public abstract ImmutableArray<string> NamesInFile(string canonical);

    /// <summary>Whether a key belongs to another part of a larger model, which does not concern us.</summary>
    public abstract bool IsOutside(string key);

    /// <summary>The note on a tensor that another model is known to add; null where a leftover key is no such tensor.</summary>
    public abstract string? NoteOn(string key);

    /// <summary>The known wrappers that a text begins with.</summary>
    public static string WrapperOf(string text)
    {
        int length = 0;
        while (Array.Find(wrappers, w => text.AsSpan(length).StartsWith(w, StringComparison.Ordinal)) is string found)
        {
            length += found.Length;
        }

        return text[..length];
    }
}
