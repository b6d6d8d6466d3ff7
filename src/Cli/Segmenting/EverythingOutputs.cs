using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The files that everything writes for one picture; null where one is not wanted.</summary>
/// <param name="Masks">The masks: a folder where the format is PNG, otherwise a file, or - for stdout.</param>
/// <param name="Overlay">The picture with all masks drawn over it.</param>
/// <param name="LabelMap">The number of the mask at each pixel.</param>
/// <param name="Format">The form of the masks, one of <see cref="ResultFormat.All"/>.</param>
internal sealed record EverythingOutputs(string? Masks, string? Overlay, string? LabelMap, string Format)
{
    /// <summary>
    /// Where the masks of a picture go, by the rule of the original's amg.py: folder/name, or folder/name.json.
    /// </summary>
    /// <param name="name">The picture's name without its extension; it may have folders before it.</param>
    public static string MasksIn(string folder, string name, string format) =>
        Path.Combine(folder, format == ResultFormat.Png ? name : $"{name}.json");

    /// <summary>The names that are wanted.</summary>
    public IEnumerable<string> Names => new[] { Masks, Overlay, LabelMap }.OfType<string>();

    private bool IsFolder => Format == ResultFormat.Png;

    /// <summary>Refuses names that cannot be written to, before anything is computed for them.</summary>
    /// <param name="inputs">What the command reads; - and null are left out.</param>
    /// <exception cref="CommandFailedException">
    /// Something exists, a name is there twice, or it is an input.
    /// </exception>
    /// <exception cref="IOException">
    /// A folder to be replaced holds more than masks, a file exists, or its folder does not.
    /// </exception>
    public void Check(IReadOnlyList<string?> inputs, bool force)
    {
        string[] files = [.. new[] { Overlay, LabelMap, IsFolder ? null : Masks }.OfType<string>()];
        Output.Check(files, inputs, force, file => file == Masks);
        if (Masks is null || !IsFolder)
        {
            return;
        }

        Output.CheckApart([Masks], inputs);
        Output.CheckNames([Masks]);
        if (Directory.Exists(Masks) && !force)
        {
            throw new CommandFailedException($"{Masks} exists: choose another folder, or replace it with --force.");
        }

        CheckFolder(Masks);
    }

    /// <summary>Whether all are there and whole.</summary>
    /// <exception cref="CommandFailedException">A file is where a folder of masks should be.</exception>
    /// <exception cref="IOException">A folder in its place holds other things than masks.</exception>
    public bool AreThere()
    {
        if (IsFolder)
        {
            CheckFolder(Masks!);
        }

        bool areWhole = IsFolder ? File.Exists(Path.Combine(Masks!, MaskFolder.MetadataName)) : EndsWithLine(Masks!);
        return areWhole && Names.All(Path.Exists);
    }

    /// <summary>Refuses what cannot become, or be replaced by, a folder of masks.</summary>
    private static void CheckFolder(string path)
    {
        if (File.Exists(path))
        {
            throw new CommandFailedException($"{path} is a file: the masks need a folder of that name.");
        }

        MaskFolder.CheckReplaceable(path);
    }

    /// <summary>Writes them, each whole or not at all.</summary>
    /// <param name="image">The picture's path, or - for stdin.</param>
    public void Write(
        string image, DecodedImage picture, IReadOnlyList<AutomaticMask> masks, bool force,
        CancellationToken cancellation)
    {
        ImageSize size = new(picture.Height, picture.Width);
        if (Masks is not null)
        {
            WriteMasks(Masks, new PictureMasks(NameFor(image), size, masks), force, cancellation);
        }

        WriteTo(Overlay, stream => MaskRenderer.WriteOverlay(
            picture.View, [.. masks.Select(mask => mask.Segmentation)], stream));
        WriteTo(LabelMap, stream => LabelMapFile.Write(
            SamNative.LabelMap.Of(masks, size, cancellation), stream, cancellation));

        void WriteTo(string? path, Action<Stream> write)
        {
            cancellation.ThrowIfCancellationRequested();
            if (path is not null)
            {
                Output.Write(path, force, write);
            }
        }
    }

    private void WriteMasks(string path, PictureMasks picture, bool force, CancellationToken cancellation)
    {
        if (!Output.IsStandard(path))
        {
            Output.MakeFolderOf(path);
        }

        if (IsFolder)
        {
            MaskFolder.Write(path, force, picture.Masks, cancellation);
        }
        else
        {
            Output.Write(path, force, stream => ResultFormat.Write(picture, Format, stream, cancellation));
        }
    }

    /// <summary>Whether a file of masks, which is one line of JSON, is there to its end.</summary>
    private static bool EndsWithLine(string path)
    {
        if (FileStatus.Of(path).Kind is not FileKind.Regular)
        {
            return false;
        }

        using FileStream file = File.OpenRead(path);
        file.Seek(-Math.Min(1, file.Length), SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    /// <summary>How the file names its picture; labelme opens the picture by its path from the file.</summary>
    private string NameFor(string image)
    {
        if (image == Output.Standard)
        {
            return "stdin";
        }

        return Format == ResultFormat.Labelme && !Output.IsStandard(Masks)
            ? Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(Masks!))!, image).Replace('\\', '/')
            : Path.GetFileName(image);
    }
}
