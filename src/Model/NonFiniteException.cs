using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SamNative;

/// <summary>Among which values one is NaN or an infinity.</summary>
public enum NonFiniteValues
{
    /// <summary>Pixel values that the caller gave.</summary>
    PixelValues,

    /// <summary>The mask logits of a prompt.</summary>
    MaskLogits,

    /// <summary>The further embeddings of a prompt.</summary>
    ExtraEmbeddings,

    /// <summary>The values of an embedding file.</summary>
    EmbeddingFile,

    /// <summary>What the image encoder computed.</summary>
    Embedding,

    /// <summary>The predicted IoUs that the decoder computed.</summary>
    Scores,

    /// <summary>The mask logits that the decoder computed.</summary>
    Logits,

    /// <summary>The numbers of a mask that is to be written to a file.</summary>
    Record,
}

/// <summary>
/// A value that is no number, NaN or an infinity: given from outside, and refused where it entered, or computed, when the
/// arithmetic of a model overflowed. Nothing was made of it. The message names the place and the cure.
/// </summary>
[SuppressMessage("Design", "CA1032", Justification = "Without a place there is no such error.")]
public sealed class NonFiniteException : ArithmeticException
{
    /// <param name="file">The file that holds them; null where they are not from a file.</param>
    internal NonFiniteException(NonFiniteValues values, long position, double value, string? file = null)
        : base(Describe(values, position, value, file))
    {
        Values = values;
        Position = position;
        Value = value;
    }

    /// <summary>Among which values it is.</summary>
    public NonFiniteValues Values { get; }

    /// <summary>The flat position of the first one.</summary>
    public long Position { get; }

    /// <summary>NaN or an infinity.</summary>
    public double Value { get; }

    private static string Describe(NonFiniteValues values, long position, double value, string? file)
    {
        (string what, string cure) = values switch
        {
            NonFiniteValues.PixelValues => ("the pixel values hold", "give finite ones"),
            NonFiniteValues.MaskLogits => ("the mask logits hold", "give those of an answer"),
            NonFiniteValues.ExtraEmbeddings => ("the further embeddings hold", "give finite ones"),
            NonFiniteValues.EmbeddingFile => (
                "the embedding holds", "the file is damaged, or a model overflowed that made it. Encode the picture again"),
            NonFiniteValues.Embedding => ("the image encoder computed", Overflow),
            NonFiniteValues.Scores => ("the mask decoder computed a score of", Overflow),
            NonFiniteValues.Logits => ("the mask decoder computed", Overflow),
            _ => ("a mask that was to be written has a score or point of", "nothing was written"),
        };
        string begin = file is null ? $"{char.ToUpperInvariant(what[0])}{what[1..]}" : $"{file}: {what}";
        string place = values == NonFiniteValues.Record ? string.Empty : $" at flat position {position}";
        return string.Create(CultureInfo.InvariantCulture, $"{begin} {value}{place}: {cure}.");
    }

    private const string Overflow = "its arithmetic overflowed. The weights are damaged or training diverged, or a prompt's "
        + "mask or further embeddings are far from what the model knows";
}
