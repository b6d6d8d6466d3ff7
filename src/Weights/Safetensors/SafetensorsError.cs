namespace SamNative.Weights;

/// <summary>Why a safetensors file was refused; one member per cause.</summary>
public enum SafetensorsError
{
    /// <summary>The file has fewer than the 8 bytes of the header's length.</summary>
    FileTooShort,

    /// <summary>The header claims more than 100,000,000 bytes.</summary>
    HeaderTooLarge,

    /// <summary>The header reaches beyond the end of the file.</summary>
    HeaderBeyondFile,

    /// <summary>The header is not UTF-8, or a string in it is not Unicode text.</summary>
    InvalidText,

    /// <summary>The header is not one JSON object (white space around it is allowed).</summary>
    InvalidJson,

    /// <summary><c>__metadata__</c> is not an object of strings; a tensor cannot have this name.</summary>
    InvalidMetadata,

    /// <summary><c>__metadata__</c> is larger than 10 MB.</summary>
    MetadataTooLarge,

    /// <summary>A tensor's entry lacks a field, repeats one, has an unknown one or one of the wrong type.</summary>
    InvalidTensor,

    /// <summary>A number is not written as a plain non-negative integer.</summary>
    InvalidNumber,

    /// <summary>A number exceeds 2^48 - 1.</summary>
    NumberTooLarge,

    /// <summary>The same tensor or metadata key is there twice.</summary>
    DuplicateKey,

    /// <summary>An element type that the format does not define.</summary>
    UnknownDtype,

    /// <summary>The product of the dimensions, or its size in bits, does not fit 64 bits.</summary>
    ShapeOverflow,

    /// <summary>4- or 6-bit elements that do not fill whole bytes.</summary>
    PartialByte,

    /// <summary>A tensor's offsets span another number of bytes than its shape and element type.</summary>
    SizeMismatch,

    /// <summary>Offsets that run backwards, leave a hole or overlap.</summary>
    InvalidOffset,

    /// <summary>The file is shorter or longer than its header says.</summary>
    FileLengthMismatch,

    /// <summary>The file became shorter after it was opened.</summary>
    FileShrank,
}
