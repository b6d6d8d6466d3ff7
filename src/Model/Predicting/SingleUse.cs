namespace SamNative;

/// <summary>
/// Marks what belongs to one caller as in use by one thread, and keeps the model's weights alive meanwhile.
/// </summary>
internal readonly ref struct SingleUse
{
    private readonly SamModel model;
    private readonly ref int busy;

    /// <param name="mark">0 while nobody uses it.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="InvalidOperationException">Another thread uses it.</exception>
    public SingleUse(SamModel owner, ref int mark, string what)
    {
        if (Interlocked.Exchange(ref mark, 1) != 0)
        {
            throw new InvalidOperationException(
                $"This {what} is in use by another thread: give each thread its own, they are cheap beside the model.");
        }

        model = owner;
        busy = ref mark;
        try
        {
            owner.Enter();
        }
        catch
        {
            Volatile.Write(ref mark, 0);
            throw;
        }
    }

    public void Dispose()
    {
        model.Exit();
        Volatile.Write(ref busy, 0);
    }
}
