namespace SamNative;

/// <summary>How a picture's bytes are resized, named after whose result it is to the byte.</summary>
internal enum ResizeFilter
{
    /// <summary>Pillow's BILINEAR: a triangle as wide as the shrinking demands.</summary>
    PillowBilinear,

    /// <summary>Pillow's BICUBIC, its default: a cubic of a = -0.5 as wide as the shrinking demands.</summary>
    PillowBicubic,

    /// <summary>OpenCV's INTER_LINEAR: between two neighbours, however much it shrinks.</summary>
    OpenCvLinear,
}
