using System.Diagnostics.CodeAnalysis;
using SamNative.Kernels;
using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>A call on a thread of its own that is held inside a piece of its work until it is let go.</summary>
internal sealed class HeldCall : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(5);

    private readonly ManualResetEventSlim reached = new();
    private readonly ManualResetEventSlim released = new();
    private readonly Thread thread;
    private int piecesLeft;

    private HeldCall(Action call, int piece)
    {
        piecesLeft = piece;
        WorkerPool.Probe = Pass;
        thread = new Thread(() => Run(call));
        thread.Start();
        Assert.True(reached.Wait(patience), "the call neither came to its piece nor to its end");
    }

    /// <summary>Whether the call came to the piece; it has ended where not.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>What the call threw; known once it was let go.</summary>
    public Exception? Error { get; private set; }

    /// <summary>Starts a call and returns when it is inside a piece, or at its end where it has fewer.</summary>
    /// <param name="piece">Which piece, counted from 0.</param>
    public static HeldCall Start(Action call, int piece = 0) => new(call, piece);

    /// <summary>Lets the call go and waits for its end.</summary>
    public void LetGo()
    {
        released.Set();
        Assert.True(thread.Join(patience), "the call does not end");
        WorkerPool.Probe = null;
    }

    public void Dispose()
    {
        LetGo();
        reached.Dispose();
        released.Dispose();
    }

    private void Pass()
    {
        if (Interlocked.Decrement(ref piecesLeft) == -1)
        {
            IsHeld = true;
            reached.Set();
            released.Wait();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The test looks at what was thrown.")]
    private void Run(Action call)
    {
        try
        {
            call();
        }
        catch (Exception error)
        {
            Error = error;
        }
        finally
        {
            reached.Set();
        }
    }
}
