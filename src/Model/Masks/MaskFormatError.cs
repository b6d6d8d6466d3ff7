namespace SamNative;

/// <summary>What is wrong with run lengths that should describe a mask.</summary>
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
}
