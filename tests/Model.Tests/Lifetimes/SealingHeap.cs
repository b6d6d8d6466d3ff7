using SamNative.Kernels;
using SamNative.Tests.Support;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>Native memory that ends the process when it is touched after it was freed.</summary>
internal sealed unsafe class SealingHeap : NativeHeap
{
    /// <summary>Freed blocks whose addresses are kept: systems allow some 65,000 mappings.</summary>
    private const int Kept = 4000;

    private readonly Queue<(nint Block, nuint Bytes)> closed = new();
    private readonly Lock gate = new();

    public override void* Allocate(nuint bytes) => GuardPages.Map(Pages(bytes));

    public override void Free(void* block, nuint bytes)
    {
        GuardPages.Seal((byte*)block, Pages(bytes));
        lock (gate)
        {
            closed.Enqueue(((nint)block, Pages(bytes)));
            if (closed.Count > Kept)
            {
                (nint oldest, nuint size) = closed.Dequeue();
                GuardPages.Unmap((byte*)oldest, size);
            }
        }
    }

    private static nuint Pages(nuint bytes)
    {
        nuint page = (nuint)GuardPages.PageSize;
        return (bytes + page - 1) & ~(page - 1);
    }
}
