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
        string[] targets = [.. pictures.SelectMany(step.Targets).Select(Path.GetFullPath)];
        foreach (string folder in folders)
        {
            Leftovers.RemoveBelow(Directory.CreateDirectory(folder).FullName, targets);
        }

        List<Picture> skipped = force ? [] : [.. pictures.Where(step.IsDone)];
        Picture[] toDo = [.. pictures.Except(skipped)];
        List<Picture> done = [];
        List<FailedPicture> failed = [];
        progress.Begin(toDo.Length, skipped.Count);
        foreach (Picture picture in toDo)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Try(picture, step, progress, cancellation) is Exception error)
            {
                failed.Add(new FailedPicture(picture.Path, Reason(picture, error)));
                progress.Failed(failed[^1]);
                continue;
            }

            done.Add(picture);
            progress.Done();
        }

        progress.End();
        return new BatchReport(done, skipped, failed);
    }

    /// <summary>Does one picture.</summary>
    /// <returns>Why it came to nothing, where others may not; null where it is done.</returns>
    private static Exception? Try<T>(
        Picture picture, IBatchStep<T> step, BatchProgress progress, CancellationToken cancellation)
    {
        T made;
        try
        {
            Output.CheckNames(step.Targets(picture));
            made = step.Make(picture, progress, cancellation);
        }
        catch (Exception error) when (Verb.IsExplained(error))
        {
            return error;
        }

        using (made as IDisposable)
        {
            try
            {
                step.Save(picture, made);
                return null;
            }
            catch (OutputNameException error)
            {
                return error;
            }
        }
    }

    private static string Reason(Picture picture, Exception error)
    {
        string sentence = Verb.Sentence(error);
        return sentence.Contains(picture.Path, StringComparison.Ordinal) ? sentence : $"{picture.Path}: {sentence}";
    }
}
