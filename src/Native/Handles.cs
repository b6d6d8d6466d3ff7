using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

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

    /// <exception cref="HandleException">It is no handle of such an object.</exception>
    public static T Get<T>(nint handle)
        where T : class => all.TryGetValue(handle, out object? target) && target is T found ? found : throw Missing<T>();

    /// <summary>Takes an object out; null for the handle 0.</summary>
    /// <exception cref="HandleException">It is no handle of such an object.</exception>
    public static T? Remove<T>(nint handle)
        where T : class
    {
        if (handle == 0)
        {
            return null;
        }

        T target = Get<T>(handle);
        return all.TryRemove(new KeyValuePair<nint, object>(handle, target)) ? target : throw Missing<T>();
    }

    private static HandleException Missing<T>() =>
        new($"The handle is no {(typeof(T) == typeof(SamModel) ? "model" : "picture")}, or was freed.");
}

/// <summary>A handle that is none.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It never leaves the library.")]
internal sealed class HandleException(string message) : Exception(message);
