namespace SamNative;

/// <summary>What is wrong with run lengths, or with a file of masks.</summary>
public enum MaskFormatError
{
    /// <summary>A character is not one of the 64 of the compressed form, '0' to 'o'.</summary>
    BadCharacter,

    /// <summary>The text ends inside a number.</summary>
    Truncated,

    /// <summary>A number has more digits than the longest run of a mask needs.</summary>
    NumberTooLong,

    /// <summary>A run has a length below zero.</summary>
    NegativeCount,

    /// <summary>The runs hold more pixels than the mask.</summary>
    TooManyPixels,

    /// <summary>The runs hold fewer pixels than the mask.</summary>
    TooFewPixels,

    /// <summary>A file has more bytes, masks or pixels than <see cref="MaskFileLimits"/> allows.</summary>
    BeyondLimits,

    /// <summary>A file is not written in its language: no JSON, no rows of numbers, no PNG.</summary>
    BadSyntax,

    /// <summary>A file lacks something, or has something that its form does not know.</summary>
    BadStructure,

    /// <summary>A value is none that can stand in its place.</summary>
    BadValue,

    /// <summary>Two things that a file says contradict each other.</summary>
    Contradiction,

    /// <summary>A folder of masks lacks one of its files.</summary>
    FileMissing,
}
