using System.Diagnostics;

namespace SamNative;

/// <summary>
/// Where the time of an encode goes. Given to an encode as its progress, it notes when every step ended, and when each
/// worker did which piece of it.
/// </summary>
internal sealed class EncoderProfile : IProgress<SamProgress>
{
    private readonly long[] ends;
    private readonly List<PieceTime>[] pieces;
    private long began;

    /// <param name="steps">The steps of the plan.</param>
    /// <param name="workers">The workers that share them.</param>
    public EncoderProfile(int steps, int workers)
    {
        ends = new long[steps];
        pieces = new List<PieceTime>[workers];
        for (int i = 0; i < workers; i++)
        {
            pieces[i] = [];
        }
    }

    /// <summary>Every piece of the last encode, by worker, in the order they were done.</summary>
    public IReadOnlyList<IReadOnlyList<PieceTime>> Pieces => pieces;

    /// <summary>When the first step of the last encode began, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Began => began;

    /// <summary>When a step ended.</summary>
    public long End(int step) => ends[step];

    /// <summary>How long a step took, from the end of the one before.</summary>
    public TimeSpan Time(int step) => Stopwatch.GetElapsedTime(step == 0 ? began : ends[step - 1], ends[step]);

    /// <summary>Starts anew: the first step begins now.</summary>
    public void Begin()
    {
        foreach (List<PieceTime> list in pieces)
        {
            list.Clear();
        }

        began = Stopwatch.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Report(SamProgress value) => ends[value.Done - 1] = Stopwatch.GetTimestamp();

    /// <summary>Notes a piece that a worker has just done.</summary>
    public void Add(int worker, EncoderStep step, int piece, long start) =>
        pieces[worker].Add(new PieceTime(step, piece, start, Stopwatch.GetTimestamp()));
}

/// <summary>One piece of a step as one worker did it; begin and end in ticks of <see cref="Stopwatch"/>.</summary>
internal readonly record struct PieceTime(EncoderStep Step, int Piece, long Begin, long End);
