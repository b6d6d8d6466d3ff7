using System.Security.Cryptography;
using SamNative.Imaging;

namespace SamNative.Web;

/// <summary>A picture that can be prompted: its embedding, and its file, which is smaller than its pixels.</summary>
/// <param name="Id">See <see cref="IdOf"/>.</param>
internal sealed record KeptPicture(string Id, byte[] File, SamEmbedding Embedding)
{
    /// <summary>Pixels in a row, as the picture is seen.</summary>
    public int Width => Embedding.OriginalSize.Width;

    /// <summary>Rows, as the picture is seen.</summary>
    public int Height => Embedding.OriginalSize.Height;

    /// <summary>The memory it takes.</summary>
    public long Bytes => File.Length + Embedding.Tensor.FlattenedLength * sizeof(float);

    /// <summary>The SHA-256 of a picture's file, lower-case hexadecimal.</summary>
    public static string IdOf(byte[] file) => Convert.ToHexStringLower(SHA256.HashData(file));

    /// <summary>The pixels, decoded again.</summary>
    public DecodedImage Decode(ImageLimits limits) => ImageFile.Load(File, "The picture", limits);
}

/// <summary>The low-resolution logits of a mask, to start the next answer from.</summary>
internal sealed record KeptLogits(string PictureId, float[] Values);
