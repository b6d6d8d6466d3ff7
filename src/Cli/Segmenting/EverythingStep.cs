namespace SamNative.Cli;

/// <summary>A picture becomes the files of its masks, under its whole name.</summary>
/// <param name="job">What finds the masks.</param>
/// <param name="folders">Where the files go: folders instead of files.</param>
/// <param name="cancellation">Ends the writing too: a picture can have hundreds of masks.</param>
internal sealed class EverythingStep(EverythingJob job, EverythingOutputs folders, CancellationToken cancellation)
    : IBatchStep<FoundMasks>
{
    private readonly List<WrittenMasks> written = [];

    /// <summary>What was written.</summary>
    public IReadOnlyList<WrittenMasks> Written => written;

    public IEnumerable<string> Targets(Picture picture) => Outputs(picture).Names;

    public bool IsDone(Picture picture) => Outputs(picture).AreThere();

    public FoundMasks Make(Picture picture, IProgress<SamProgress> progress, CancellationToken cancellation) =>
        job.Find(picture.Path, progress, cancellation);

    public void Save(Picture picture, FoundMasks made)
    {
        EverythingOutputs outputs = Outputs(picture);
        foreach (string name in outputs.Names)
        {
            Output.MakeFolderOf(name);
        }

        // What must not be replaced has been found before anything was computed.
        outputs.Write(made.Image, made.Picture, made.Masks, force: true, cancellation);
        written.Add(new WrittenMasks(made.Image, outputs.Masks!, made.Masks.Count));
    }

    private EverythingOutputs Outputs(Picture picture) => folders with
    {
        Masks = EverythingOutputs.MasksIn(folders.Masks!, picture.Name, folders.Format),
        Overlay = folders.Overlay is string overlay ? picture.Target(overlay, ".overlay.png") : null,
        LabelMap = folders.LabelMap is string labels ? picture.Target(labels, ".labels.png") : null,
    };
}
