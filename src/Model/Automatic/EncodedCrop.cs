namespace SamNative;

/// <summary>A part of a picture, encoded.</summary>
/// <param name="Embedding">Holds it.</param>
/// <param name="Index">Which of the embedding's pictures it is.</param>
/// <param name="Box">Where it lies in the whole picture.</param>
/// <param name="Layer">Its layer of <see cref="CropLayers"/>.</param>
/// <param name="Picture">The size of the whole picture.</param>
internal readonly record struct EncodedCrop(SamEmbedding Embedding, int Index, CropBox Box, int Layer, ImageSize Picture);
