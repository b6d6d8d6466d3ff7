using System.Diagnostics.CodeAnalysis;

namespace SamNative;

/// <summary>Why a file is no embedding, or not one that a model can use.</summary>
public enum EmbeddingError
{
    /// <summary>The tensor image_embedding is missing, or it or a further one has another type or shape.</summary>
    WrongTensor,

    /// <summary>A size in the metadata is missing, is no [height, width], or does not fit the tensor or the other sizes.</summary>
    WrongSize,

    /// <summary>Another model made it.</summary>
    OtherModel,

    /// <summary>A version of SamNative with other arithmetic made it, or one that knows more than this one.</summary>
    OtherVersion,

    /// <summary>A picture has more pixels than <see cref="EmbeddingLimits"/> allow.</summary>
    TooLarge,
}

/// <summary>An embedding file that cannot be used. The message names the file, the place and the cure.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Without a code there is no such error.")]
public sealed class EmbeddingException : Exception
{
    internal EmbeddingException(EmbeddingError code, string message, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
    }

    /// <summary>The cause.</summary>
    public EmbeddingError Code { get; }
}
