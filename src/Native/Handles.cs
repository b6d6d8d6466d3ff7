using System.Collections.Concurrent;

namespace SamNative.Native;

/// <summary>
/// The objects that C holds, under numbers that look like pointers and are never used twice: a handle that was freed, or
/// never was one, is found missing instead of being followed.
/// </summary>
internal static class Handles
{
    private static readonly ConcurrentDictionary<nint, object> all = new();
    private static long last;

    public static nint Add(object target)
    {
        nint handle = (nint)Interlocked.Add(ref last, 16);
        all[handle] = target;
        return handle;
    }

    /// <exception cref="ArgumentException">It is no handle of such an object.</exception>
    public static T Get<T>(nint handle)
        where T : class => all.TryGetValue(handle, out object? target) && target is T found ? found : throw Missing<T>(nameof(handle));

    /// <summary>Takes an object out; null for the handle 0.</summary>
    /// <exception cref="ArgumentException">It is no handle of such an object.</exception>
    public static T? Remove<T>(nint handle)
        where T : class
    {
        if (handle == 0)
        {
            return null;
        }

        T target = Get<T>(handle);
        return all.TryRemove(new KeyValuePair<nint, object>(handle, target)) ? target : throw Missing<T>(nameof(handle));
    }

    private static ArgumentException Missing<T>(string parameter) =>
        new($"The handle is no {(typeof(T) == typeof(SamModel) ? "model" : "picture")}, or was freed.", parameter);
}
