using System.Diagnostics;
using System.Security.Cryptography;
using SamNative.Tests.Support;

namespace SamNative.Fuzz;

/// <summary>Many mutations of one target in a row. A find is kept as a file, to become a regression.</summary>
internal sealed class Campaign(FuzzTarget target)
{
    /// <summary>How many mutations the target took.</summary>
    public int Accepted { get; private set; }

    /// <summary>How many mutations the target refused.</summary>
    public int Refused { get; private set; }

    /// <summary>What was found, each with the number of the mutation and the file it was saved to.</summary>
    public List<string> Finds { get; } = [];

    /// <summary>Tries so many mutations, from a number on.</summary>
    public void Run(int first, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Try(first + i);
        }
    }

    /// <summary>Tries mutations until the time is over.</summary>
    public void Run(int first, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = first; Stopwatch.GetElapsedTime(start) < time; i++)
        {
            Try(i);
        }
    }

    private void Try(int number)
    {
        // A crash of native code ends the process: then this note is all there is.
        RunningCase.Note($"fuzz {target.Name}, mutation {number}");
        byte[] file = target.Mutation(number);
        Trial trial = Trial.Of(target, file);
        Accepted += trial.Accepted ? 1 : 0;
        Refused += trial.Accepted ? 0 : 1;
        if (trial.Problem is not null)
        {
            Finds.Add($"{target.Name}, mutation {number}, saved as {Save(file)}: {trial.Problem}");
        }
    }

    private string Save(byte[] file)
    {
        string folder = Path.Combine(ReferenceData.Root, "artifacts", "fuzz", target.Name);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(file))[..16]);
        File.WriteAllBytes(path, file);
        return path;
    }
}
