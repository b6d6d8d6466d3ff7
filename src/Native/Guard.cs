using System.Diagnostics.CodeAnalysis;
using System.Text;
using SamNative.Weights;

namespace SamNative.Native;

/// <summary>What comes back from a call, as in samnative.h.</summary>
internal enum Status
{
    Ok = 0,
    InvalidArgument = 1,
    Io = 2,
    BadFile = 3,
    Unsupported = 4,
    OutOfMemory = 5,
    Internal = 6,
}

/// <summary>Where every exception ends: it becomes a status, and a sentence that the thread can ask for.</summary>
internal static class Guard
{
    [ThreadStatic]
    private static string? lastError;

    [SuppressMessage("Design", "CA1031", Justification = "No exception may cross into C.")]
    public static int Run(Action action)
    {
        try
        {
            action();
            return (int)Status.Ok;
        }
        catch (Exception error)
        {
            Status status = StatusOf(error);
            lastError = status == Status.Internal ? error.ToString() : error.Message;
            return (int)status;
        }
    }

    /// <summary>Copies the sentence, cut at a whole character and ended by 0.</summary>
    /// <returns>The bytes it takes with its 0; 0 where there is none.</returns>
    public static nuint CopyLastError(Span<byte> buffer)
    {
        if (lastError is not { } sentence)
        {
            return 0;
        }

        if (buffer.Length > 0)
        {
            Encoding.UTF8.GetEncoder().Convert(sentence, buffer[..^1], flush: false, out _, out int written, out _);
            buffer[written] = 0;
        }

        return (nuint)Encoding.UTF8.GetByteCount(sentence) + 1;
    }

    private static Status StatusOf(Exception error) => error switch
    {
        SafetensorsException or PyTorchException or CheckpointException => Status.BadFile,
        IOException or UnauthorizedAccessException => Status.Io,
        NotSupportedException => Status.Unsupported,
        OutOfMemoryException => Status.OutOfMemory,
        ArgumentException or InvalidOperationException or OverflowException => Status.InvalidArgument,
        _ => Status.Internal,
    };
}
