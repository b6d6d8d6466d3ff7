namespace SamNative.Cli;

/// <summary>When a download waits, when it tries once more, and when it gives up.</summary>
internal sealed record Patience
{
    /// <summary>How long a server may take to send <see cref="Trickle"/> bytes, or to answer at all.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes within <see cref="Stall"/> below which a connection is as good as dead: 0.5 KB/s.</summary>
    public int Trickle { get; init; } = 16 << 10;

    /// <summary>Connections in a row that may come to nothing: about a minute, with the waits between them.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Bytes with which an attempt has not come to nothing, and counting begins anew.</summary>
    public int Progress { get; init; } = 1 << 20;

    /// <summary>The first wait; each further one is twice as long.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait, also where a server asks for a longer one.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The wait after so many failures in a row, at least what the server asks for.</summary>
    public TimeSpan WaitAfter(int failures, TimeSpan? askedFor)
    {
        TimeSpan doubled = FirstWait * Math.ScaleB(1, failures - 1);
        TimeSpan wait = askedFor > doubled ? askedFor.Value : doubled;
        return wait < LongestWait ? wait : LongestWait;
    }
}
