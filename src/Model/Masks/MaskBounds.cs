namespace SamNative;

/// <summary>
/// The box around the pixels of a mask, as the original gives it (<c>batched_mask_to_box</c> and
/// <c>box_xyxy_to_xywh</c> in segment_anything/utils/amg.py): the extremes are pixels that belong to the mask, and a
/// size is their difference, so that a single pixel has the size 0 x 0. The box of an empty mask is all zero.
/// </summary>
/// <param name="X">The leftmost column of the mask.</param>
/// <param name="Y">The topmost row of the mask.</param>
/// <param name="Width">The rightmost column minus <paramref name="X"/>.</param>
/// <param name="Height">The lowest row minus <paramref name="Y"/>.</param>
public readonly record struct MaskBounds(int X, int Y, int Width, int Height);
