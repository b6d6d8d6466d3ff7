using System.Net;

namespace SamNative.Web;

/// <summary>
/// The memory of all bodies: of requests that are being received or worked on, in segments, and of answers that wait to be
/// taken. Each client has a share of it.
/// </summary>
internal sealed class BodyMemory
{
    /// <summary>Small enough to lie with the collector's ordinary objects.</summary>
    public const int SegmentBytes = 1 << 16;

    /// <summary>What is kept for the next bodies while there are none.</summary>
    private const int MaxSpare = 64;

    private readonly Shares shares;
    private readonly Shares answers;
    private readonly Stack<byte[]> spare = new();

    public BodyMemory(SamNativeWebOptions options)
    {
        long largest = Math.Max(options.Limits.MaxFileBytes, options.MaxExportBytes) + SegmentBytes;
        shares = new Shares(Math.Max(options.MaxBodyBytes, largest), Math.Max(options.MaxBodyBytes / 2, largest));
        answers = new Shares(options.MaxBodyBytes, options.MaxBodyBytes / 2);
    }

    /// <summary>The bytes that requests hold.</summary>
    public long Bytes => shares.Taken;

    /// <summary>The bytes that answers hold.</summary>
    public long AnswerBytes => answers.Taken;

    /// <summary>Takes a segment.</summary>
    /// <exception cref="WebProblemException">Others have all of it, or the client has its share.</exception>
    public byte[] Take(IPAddress client)
    {
        if (!shares.TryTake(client, SegmentBytes))
        {
            throw WebProblemException.Busy(seconds: 2);
        }

        lock (spare)
        {
            return spare.TryPop(out byte[]? segment) ? segment : GC.AllocateUninitializedArray<byte>(SegmentBytes);
        }
    }

    /// <summary>Takes the array of a segment back, whose share may still be held.</summary>
    public void Reuse(byte[] segment)
    {
        lock (spare)
        {
            spare.Push(segment);
        }
    }

    /// <summary>Gives the share of some segments back; after the last ones, what few requests need is kept.</summary>
    public void Release(IPAddress client, int segments)
    {
        shares.Return(client, (long)segments * SegmentBytes);
        lock (spare)
        {
            while (shares.Taken == 0 && spare.Count > MaxSpare)
            {
                spare.Pop();
            }
        }
    }

    /// <summary>A share for an answer, to be taken when its size is known.</summary>
    public AnswerShare ForAnswer(IPAddress client) => new(answers, client);
}

/// <summary>What an answer takes until it is written.</summary>
internal sealed class AnswerShare(Shares answers, IPAddress client) : IDisposable
{
    private long taken;

    /// <summary>Takes the size of the answer.</summary>
    /// <exception cref="WebProblemException">Others wait with as much as there may be.</exception>
    public void Take(long bytes) =>
        taken = answers.TryTake(client, bytes) ? bytes : throw WebProblemException.Busy(seconds: 2);

    public void Dispose()
    {
        if (taken > 0)
        {
            answers.Return(client, taken);
            taken = 0;
        }
    }
}
