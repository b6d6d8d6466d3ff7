using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using SamNative.Imaging;

namespace SamNative.Web;

/// <summary>
/// A picture that can be prompted: its embedding, and its file, which is smaller than its pixels. Clients name it by ids
/// of their own (<see cref="NewId"/>); who gives the same file again shares it without knowing.
/// </summary>
/// <param name="Content">See <see cref="ContentOf"/>.</param>
internal sealed record KeptPicture(string Content, byte[] File, SamEmbedding Embedding)
{
    private const int IdBytes = 16;

    /// <summary>Of this process: nobody else can tell a picture's name or token from its file.</summary>
    private static readonly byte[] secret = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    /// <summary>How the stored picture was turned to be upright: the EXIF orientation.</summary>
    public int Orientation { get; init; } = 1;

    /// <summary>What is odd about the file.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Pixels in a row, as the picture is seen.</summary>
    public int Width => Embedding.OriginalSize.Width;

    /// <summary>Rows, as the picture is seen.</summary>
    public int Height => Embedding.OriginalSize.Height;

    /// <summary>The memory it takes.</summary>
    public long Bytes => File.Length + Embedding.Tensor.FlattenedLength * sizeof(float);

    /// <summary>A name that nobody can guess, for one client.</summary>
    public static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes));

    /// <summary>The name of a picture within the server, the same for the same file; it is not told.</summary>
    public static string ContentOf(ReadOnlySequence<byte> file)
    {
        using IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        foreach (ReadOnlyMemory<byte> part in file)
        {
            hash.AppendData(part.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The pixels, decoded again.</summary>
    public DecodedImage Decode(ImageLimits limits) => ImageFile.Load(File, "The picture", limits);
}

/// <summary>The low-resolution logits of a mask, to start the next answer from.</summary>
/// <param name="Content">The picture.</param>
internal sealed record KeptLogits(string Content, float[] Values);
