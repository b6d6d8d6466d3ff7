using System.Numerics.Tensors;
using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>A picture becomes an embedding, NAME.safetensors in a folder.</summary>
/// <param name="pictures">What reads the pictures.</param>
internal sealed class EncodeStep(SamModel model, string folder, PictureInput pictures) : IBatchStep<SamEmbedding>
{
    private const string PixelValues = "pixel_values";

    private readonly List<EncodedFile> written = [];

    /// <summary>The embeddings that were written.</summary>
    public IReadOnlyList<EncodedFile> Written => written;

    /// <summary>Encodes a picture, or what a safetensors file holds preprocessed.</summary>
    /// <param name="path">The picture or the file; - for a picture on stdin.</param>
    public static SamEmbedding Encode(
        SamModel model, string path, PictureInput pictures, IProgress<SamProgress> progress,
        CancellationToken cancellation)
    {
        if (Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return model.EncodePixelValues(ReadPixelValues(path, model.InputSize, cancellation), progress, cancellation);
        }

        DecodedImage picture = pictures.Load(path, cancellation);
        return model.Encode(picture.View, progress, cancellation);
    }

    public IEnumerable<string> Targets(Picture picture) => [Target(picture)];

    /// <summary>
    /// Whether the embedding is there, whole, and made by this model. The file says so itself; its values are not read.
    /// </summary>
    /// <exception cref="CommandFailedException">There is something else in its place.</exception>
    public bool IsDone(Picture picture)
    {
        string target = Target(picture);
        if (FileStatus.Of(target).Kind is not FileKind.Regular)
        {
            return false;
        }

        string maker;
        try
        {
            maker = SamEmbedding.ReadModelSha256(target);
        }
        catch (SafetensorsException error) when (FormerResult.IsCutShort(error.Code))
        {
            return false;
        }
        catch (Exception error) when (error is SafetensorsException or EmbeddingException)
        {
            throw FormerResult.InTheWay(target, "it is no embedding");
        }

        if (maker != model.Sha256)
        {
            throw FormerResult.InTheWay(target, "another model made it");
        }

        return true;
    }

    public SamEmbedding Make(Picture picture, IProgress<SamProgress> progress, CancellationToken cancellation) =>
        Encode(model, picture.Path, pictures, progress, cancellation);

    public void Save(Picture picture, SamEmbedding made)
    {
        string target = Target(picture);
        Output.MakeFolderOf(target);
        // What must not be replaced has been found before anything was computed.
        made.Save(target, overwrite: true);
        written.Add(EncodedFile.Of(picture.Path, target, made));
    }

    private string Target(Picture picture) => picture.Target(folder, ".safetensors");

    private static ReadOnlyTensorSpan<float> ReadPixelValues(string path, int side, CancellationToken cancellation)
    {
        using SafetensorsFile file = SafetensorsFile.Open(InputFile.Open(path, cancellation), name: path);
        bool fits = file.TryGet(PixelValues, out TensorInfo? tensor) && tensor.Dtype.DecodesToFloat()
            && tensor.Shape is [> 0, 3, long height, long width] && height == side && width == side;
        if (!fits)
        {
            throw new CommandFailedException(
                $"{path}: preprocessed pictures for this model are a tensor {PixelValues} of [n, 3, {side}, {side}]; "
                + $"the file has {(tensor is null ? "none of that name" : tensor)}.");
        }

        if (tensor!.ElementCount > Array.MaxLength)
        {
            throw new CommandFailedException(
                $"{path}: {tensor.Shape[0]} pictures are too many for one file: "
                + $"{Array.MaxLength / (3L * side * side)} at most.");
        }

        float[] values = GC.AllocateUninitializedArray<float>((int)tensor.ElementCount);
        file.Read(tensor, values);
        Finite.Check(values, NonFiniteValues.PixelValues, file: path);
        return new ReadOnlyTensorSpan<float>(values, [(nint)tensor.Shape[0], 3, side, side]);
    }
}
