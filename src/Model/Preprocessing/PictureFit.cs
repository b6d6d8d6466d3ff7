namespace SamNative;

/// <summary>How a picture comes into the square that a model takes. What the picture leaves free is outside.</summary>
internal enum PictureFit
{
    /// <summary>
    /// The longer side becomes the square's, the other one is rounded half up; at the top left
    /// (segment_anything/utils/transforms.py).
    /// </summary>
    TopLeft,

    /// <summary>The same, the other side rounded half to even (SLANeXt in Hugging Face's transformers).</summary>
    TopLeftHalfEven,

    /// <summary>Both sides become the square's.</summary>
    Stretch,

    /// <summary>
    /// Pillow's ImageOps.pad: the longer side becomes the square's, the other one and the offset that centres it are rounded
    /// half to even.
    /// </summary>
    Pad,

    /// <summary>
    /// The longer side becomes the square's, the other one is cut to a whole number, at least 14; centred, the offset cut as
    /// well (deepseek_vl/models/image_processing_vlm.py).
    /// </summary>
    Centre,

    /// <summary>
    /// As if the shorter side became the square's first, and then the longer one as in Pillow's thumbnail, whole numbers cut
    /// each time; centred, the offset cut (PP-FormulaNet).
    /// </summary>
    Thumbnail,
}
