using System.Text.Json.Serialization;

namespace SamNative.Cli;

/// <summary>How a run over many pictures went.</summary>
/// <param name="Done">Those that were done.</param>
/// <param name="Skipped">Those whose results were there.</param>
/// <param name="Failed">Those that came to nothing.</param>
internal sealed record BatchReport(
    IReadOnlyList<Picture> Done, IReadOnlyList<Picture> Skipped, IReadOnlyList<FailedPicture> Failed)
{
    /// <summary>Names every picture that came to nothing, if there is one.</summary>
    /// <exception cref="CommandFailedException">There is.</exception>
    public void ThrowIfAnyFailed()
    {
        if (Failed.Count > 0)
        {
            string reasons = string.Join('\n', Failed.Select(picture => $"  {picture.Line}"));
            int tried = Done.Count + Failed.Count;
            throw new CommandFailedException($"{Failed.Count} of {tried} pictures failed:\n{reasons}");
        }
    }
}

/// <summary>A picture that came to nothing, as --json lists it.</summary>
/// <param name="Reason">A sentence that names the picture.</param>
internal sealed record FailedPicture(string Input, string Reason)
{
    /// <summary>The sentence for a terminal: the picture's name, and what its content says, may be anyone's.</summary>
    [JsonIgnore]
    public string Line => Printable.Plain(Reason);
}
