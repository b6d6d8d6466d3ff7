using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SamNative.Web;

/// <summary>
/// What a client sent. It takes memory as bytes arrive, never for what a header claims, and gives it back when it is
/// disposed.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>The type of everything but pictures.</summary>
    public const string Json = "application/json";

    /// <summary>
    /// What routing is told to let through, so that a wrong type is refused here, with a word; for pictures it is right.
    /// </summary>
    public const string AnyType = "*/*";

    /// <summary>
    /// Values, names and brackets of JSON: each may become an object of a hundred bytes, and the shortest has one. The masks
    /// of 64 points per side have fewer.
    /// </summary>
    private const int MaxTokens = 1 << 20;

    private readonly BodyMemory memory;
    private readonly IPAddress client;
    private readonly List<byte[]> segments = [];
    private int taken;

    private RequestBody(BodyMemory shared, IPAddress sender)
    {
        memory = shared;
        client = sender;
    }

    /// <summary>How many bytes there are.</summary>
    public long Length { get; private set; }

    /// <summary>All bytes; of no body whose bytes were taken out.</summary>
    public ReadOnlySequence<byte> Content => Segment.Chain(segments, Length);

    /// <summary>Reads all of a body.</summary>
    /// <exception cref="WebProblemException">
    /// It is empty, longer than the limit or too slow, or there is no memory for it now.
    /// </exception>
    public static async Task<RequestBody> Read(
        PipeReader source, long limit, BodyMemory memory, IPAddress client, TransferClock clock)
    {
        RequestBody body = new(memory, client);
        try
        {
            for (bool isLast = false; !isLast;)
            {
                ReadResult part = await clock.Read(source).ConfigureAwait(false);
                try
                {
                    body.Add(part.Buffer, limit);
                    clock.Count(part.Buffer.Length);
                    isLast = part.IsCompleted;
                }
                finally
                {
                    source.AdvanceTo(part.Buffer.End);
                }
            }

            return body.Length > 0
                ? body
                : throw WebProblemException.BadRequest("The request has no body. Send what openapi.json asks for.");
        }
        catch (Exception error)
        {
            body.Dispose();
            if (error is OperationCanceledException && clock.IsUp)
            {
                throw WebProblemException.TooSlow();
            }

            throw;
        }
    }

    /// <summary>Takes the bytes out, as one array; each segment goes back as soon as it is copied.</summary>
    public byte[] TakeBytes()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)Length));
        for (int i = 0; i < segments.Count; i++)
        {
            int start = i * BodyMemory.SegmentBytes;
            segments[i].AsSpan(0, Math.Min(BodyMemory.SegmentBytes, bytes.Length - start)).CopyTo(bytes.AsSpan(start));
            memory.Reuse(segments[i]);
        }

        segments.Clear();
        return bytes;
    }

    /// <summary>Reads JSON.</summary>
    /// <exception cref="WebProblemException">It is null, or has too many parts.</exception>
    /// <exception cref="JsonException">It is not the JSON that is wanted.</exception>
    public T As<T>(JsonTypeInfo<T> type)
        where T : class
    {
        Utf8JsonReader parts = new(Content);
        for (int count = 0; parts.Read();)
        {
            if (++count > MaxTokens)
            {
                throw WebProblemException.TooManyParts(MaxTokens);
            }
        }

        Utf8JsonReader reader = new(Content);
        return JsonSerializer.Deserialize(ref reader, type)
            ?? throw WebProblemException.BadRequest("The body is null. Send an object.");
    }

    public void Dispose()
    {
        segments.ForEach(memory.Reuse);
        segments.Clear();
        if (taken > 0)
        {
            memory.Release(client, taken);
            taken = 0;
        }
    }

    private void Add(ReadOnlySequence<byte> bytes, long limit)
    {
        if (Length + bytes.Length > limit)
        {
            throw WebProblemException.TooLarge(limit);
        }

        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            for (ReadOnlySpan<byte> rest = part.Span; !rest.IsEmpty;)
            {
                int start = (int)(Length % BodyMemory.SegmentBytes);
                if (start == 0)
                {
                    segments.Add(memory.Take(client));
                    taken++;
                }

                int fits = Math.Min(rest.Length, BodyMemory.SegmentBytes - start);
                rest[..fits].CopyTo(segments[^1].AsSpan(start));
                rest = rest[fits..];
                Length += fits;
            }
        }
    }

    /// <summary>A segment as a part of a sequence.</summary>
    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Chain(List<byte[]> arrays, long length)
        {
            if (arrays.Count == 0)
            {
                return default;
            }

            Segment first = new() { Memory = arrays[0] };
            Segment last = first;
            foreach (byte[] array in arrays.Skip(1))
            {
                Segment next = new() { Memory = array, RunningIndex = last.RunningIndex + BodyMemory.SegmentBytes };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, (int)(length - last.RunningIndex));
        }
    }
}
