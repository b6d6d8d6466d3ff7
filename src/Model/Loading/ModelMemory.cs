namespace SamNative;

/// <summary>The native memory of a model: packed weights and tables, which live and die together.</summary>
internal sealed class ModelMemory : IDisposable
{
    private readonly List<IDisposable> owned = [];

    /// <summary>Takes over the duty to free something.</summary>
    public T Own<T>(T part)
        where T : IDisposable
    {
        owned.Add(part);
        return part;
    }

    public void Dispose()
    {
        foreach (IDisposable part in owned)
        {
            part.Dispose();
        }

        owned.Clear();
    }
}
