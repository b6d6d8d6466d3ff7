namespace SamNative.Kernels;

/// <summary>
/// Who uses an object, and when it is freed: one writer or many readers at a time, and after <see cref="Close"/> the last
/// of them frees what the object owns. Nobody waits: who comes second gets an exception. A hold also keeps the object from
/// the collector, whose finalizers would free native memory that only a pointer still knows.
/// </summary>
/// <param name="owner">The object.</param>
/// <param name="conflict">What to say to who comes second, and what to do about it.</param>
/// <param name="free">Frees what the object owns: called by the last user, where one was there when it was closed.</param>
internal sealed class Occupancy(object owner, string conflict, Action free)
{
    private const int Disposed = 1 << 30;
    private const int Written = 1 << 29;

    /// <summary>The number of readers, or <see cref="Written"/>; and <see cref="Disposed"/>.</summary>
    private int state;

    /// <summary>Enters as one of many readers.</summary>
    /// <exception cref="InvalidOperationException">Somebody writes.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public Hold Read()
    {
        for (int seen = Volatile.Read(ref state); ;)
        {
            ThrowIfBusy(seen, Written);
            int before = Interlocked.CompareExchange(ref state, seen + 1, seen);
            if (before == seen)
            {
                return new Hold(this, 1);
            }

            seen = before;
        }
    }

    /// <summary>Enters as the only user.</summary>
    /// <exception cref="InvalidOperationException">Somebody reads or writes.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public Hold Write()
    {
        int seen = Interlocked.CompareExchange(ref state, Written, 0);
        ThrowIfBusy(seen, ~Disposed);
        return new Hold(this, Written);
    }

    /// <summary>For those who only look: throws where a writer is at work or the object is gone.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public void CheckReadable() => ThrowIfBusy(Volatile.Read(ref state), Written);

    /// <inheritdoc cref="Read" path="/exception[@cref='ObjectDisposedException']"/>
    public void ThrowIfDisposed() => ThrowIfBusy(Volatile.Read(ref state), 0);

    /// <summary>Lets nobody in any more.</summary>
    /// <returns>Whether nobody is there, so that the caller has to free now what the object owns.</returns>
    public bool Close() => Interlocked.Or(ref state, Disposed) == 0;

    private void Leave(int share)
    {
        if (Interlocked.Add(ref state, -share) == Disposed)
        {
            free();
        }
    }

    private void ThrowIfBusy(int seen, int users)
    {
        ObjectDisposedException.ThrowIf((seen & Disposed) != 0, owner);
        if ((seen & users) != 0)
        {
            throw new InvalidOperationException(conflict);
        }
    }

    /// <summary>A user's stay; it ends with Dispose.</summary>
    public readonly ref struct Hold
    {
        private readonly Occupancy place;
        private readonly int share;

        internal Hold(Occupancy occupied, int users)
        {
            place = occupied;
            share = users;
        }

        public void Dispose() => place.Leave(share);
    }
}
