using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using SamNative.Weights;

namespace SamNative.Native;

/// <summary>What comes back from a call, as in samnative.h.</summary>
internal enum Status
{
    Ok = 0,
    InvalidArgument = 1,
    InvalidHandle = 2,
    Io = 3,
    AccessDenied = 4,
    BadSafetensors = 5,
    BadPyTorch = 6,
    BadCheckpoint = 7,
    Unsupported = 8,
    OutOfMemory = 9,
    InUse = 10,
    NotFinite = 11,
    Internal = 12,
}

/// <summary>Where every exception ends: it becomes a status, and a sentence that the thread can ask for.</summary>
[SuppressMessage("Design", "CA1031", Justification = "No exception may cross into C.")]
internal static class Guard
{
    private const string NoMemory = "There is no memory left, not even for saying what it was needed for.";

    [ThreadStatic]
    private static string? lastError;

    public static int Fail(Exception error)
    {
        Status status = StatusOf(error);
        try
        {
            lastError = NoMemory;
            lastError = status == Status.Internal ? error.ToString() : Sentence(error);
        }
        catch (Exception)
        {
            // What is said stays the sentence that takes no memory.
        }

        return (int)status;
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
            Utf8.FromUtf16(sentence, buffer[..^1], out _, out int written);
            buffer[written] = 0;
        }

        return (nuint)Encoding.UTF8.GetByteCount(sentence) + 1;
    }

    private static Status StatusOf(Exception error) => error switch
    {
        HandleException or ObjectDisposedException => Status.InvalidHandle,
        SafetensorsException => Status.BadSafetensors,
        PyTorchException => Status.BadPyTorch,
        CheckpointException => Status.BadCheckpoint,
        UnauthorizedAccessException => Status.AccessDenied,
        IOException => Status.Io,
        NotSupportedException => Status.Unsupported,
        OutOfMemoryException => Status.OutOfMemory,
        ArgumentException => Status.InvalidArgument,
        NonFiniteException => Status.NotFinite,
        InvalidOperationException => Status.InUse,
        _ => Status.Internal,
    };

    /// <summary>The message without the name of the parameter it was thrown for, which is none of C's.</summary>
    private static string Sentence(Exception error) =>
        error is ArgumentException { ParamName: string name }
            ? error.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
            : error.Message;
}
