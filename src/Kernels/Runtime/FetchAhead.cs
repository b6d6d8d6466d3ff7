using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>
/// Memory that will be needed soon, fetched into the second-level cache while the processor multiplies. Weights, keys and
/// values are read once per block of rows: without this the first tile of every block waits for main memory at each page.
/// The kernels fetch it, a line at each step of K: a processor waits for few lines at a time, and many at once would hold up
/// the loads of the tile that comes after them. Nothing is changed by it, and nothing happens where the instruction is not
/// known.
/// </summary>
internal unsafe ref struct FetchAhead
{
    /// <summary>Floats of a cache line.</summary>
    public const int Line = 16;

    private readonly float* end;
    private float* next;

    /// <param name="first">The first value; all of it may lie outside of any buffer.</param>
    /// <param name="floats">How many there are.</param>
    /// <param name="steps">In how many steps they are fetched, at least one.</param>
    public FetchAhead(float* first, nint floats, nint steps)
    {
        next = first;
        end = first + floats;
        Pace = (floats + steps - 1) / steps;
    }

    /// <summary>Floats from one step to the next; 0 once all is fetched.</summary>
    public nint Pace { get; private set; }

    /// <summary>Fetches rows at once.</summary>
    /// <param name="first">The first value of the first row.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="lanes">Floats of a row.</param>
    public static void Rows(float* first, nint stride, int rows, int lanes)
    {
        if (Sse.IsSupported)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int lane = 0; lane < lanes; lane += Line)
                {
                    Sse.Prefetch1(first + (r * stride) + lane);
                }
            }
        }
    }

    /// <summary>Where a kernel of so many steps begins to fetch, at the <see cref="Pace"/> that holds after this call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Take(nint steps)
    {
        if (next >= end)
        {
            Pace = 0;
        }

        float* first = next;
        next += steps * Pace;
        return first;
    }

    /// <summary>Fetches the share of so many steps at once, where no kernel does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next(nint steps)
    {
        if (Sse.IsSupported)
        {
            float* stop = next + (steps * Pace) < end ? next + (steps * Pace) : end;
            for (; next < stop; next += Line)
            {
                Sse.Prefetch1(next);
            }
        }
    }
}
