using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>
/// Memory that will be needed soon, fetched into the second-level cache while the processor multiplies. Weights, keys and
/// values are read once per block of rows: without this the first tile of every block waits for main memory at each page.
/// Nothing is changed by it, and nothing happens where the instruction is not known.
/// </summary>
internal unsafe ref struct FetchAhead
{
    /// <summary>Floats of a cache line.</summary>
    private const int Line = 16;

    private readonly float* end;
    private readonly nint share;
    private float* next;

    /// <param name="first">The first value; all of it may lie outside of any buffer.</param>
    /// <param name="floats">How many there are.</param>
    /// <param name="shares">By how many calls of <see cref="Next"/> they are fetched.</param>
    public FetchAhead(float* first, nint floats, int shares)
    {
        next = first;
        end = first + floats;
        share = ((floats / shares) + Line - 1) / Line * Line;
    }

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

    /// <summary>Fetches a share of it, until all is fetched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next()
    {
        if (Sse.IsSupported)
        {
            float* stop = next + share < end ? next + share : end;
            for (; next < stop; next += Line)
            {
                Sse.Prefetch1(next);
            }
        }
    }
}
