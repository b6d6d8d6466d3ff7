using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// Many pictures, one after the other; each already takes all threads. What is there is passed over, so that a run that
/// was stopped goes on where it stopped; a bad picture does not take the others with it.
/// </summary>
internal static class Batch
{
    /// <summary>Does all pictures.</summary>
    /// <param name="pictures">The pictures of this run.</param>
    /// <param name="folders">Where the results go; made where they are missing.</param>
    /// <param name="force">Whether results that are there are made again.</param>
    public static BatchReport Run<T>(
        IReadOnlyList<Picture> pictures, IReadOnlyList<string> folders, bool force, IBatchStep<T> step,
        BatchProgress progress, CancellationToken cancellation)
    {
        RemoveLeftovers(folders, [.. pictures.SelectMany(step.Targets).Select(Path.GetFullPath)]);
        List<Picture> skipped = force ? [] : [.. pictures.Where(step.IsDone)];
        Picture[] toDo = [.. pictures.Except(skipped)];
        List<Picture> done = [];
        List<FailedPicture> failed = [];
        progress.Begin(toDo.Length, skipped.Count);
        foreach (Picture picture in toDo)
        {
            cancellation.ThrowIfCancellationRequested();
            T made;
            try
            {
                made = step.Make(picture, progress, cancellation);
            }
            catch (Exception error) when (Verb.IsExplained(error))
            {
                failed.Add(new FailedPicture(picture.Path, Reason(picture, error)));
                progress.Failed(failed[^1]);
                continue;
            }

            using (made as IDisposable)
            {
                step.Save(picture, made);
            }

            done.Add(picture);
            progress.Done();
        }

        progress.End();
        return new BatchReport(done, skipped, failed);
    }

    /// <summary>Removes what a killed run of these pictures left half written; other shards' files stay.</summary>
    private static void RemoveLeftovers(IEnumerable<string> folders, HashSet<string> targets)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        string[] leftovers =
        [
            .. folders.Select(folder => Directory.CreateDirectory(folder).FullName)
                .SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, "*.tmp", all))
                .Where(path => AtomicFile.TargetOf(path) is string target && targets.Contains(target)),
        ];
        foreach (string path in leftovers)
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    private static string Reason(Picture picture, Exception error)
    {
        string sentence = Verb.Sentence(error);
        return sentence.Contains(picture.Path, StringComparison.Ordinal) ? sentence : $"{picture.Path}: {sentence}";
    }
}
