using System.Diagnostics.CodeAnalysis;
using SamNative.Kernels;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>Native memory that runs out after so many blocks, until it is put away again.</summary>
internal sealed unsafe class FailingHeap : NativeHeap, IDisposable
{
    private readonly NativeHeap before = Current;
    private int left;

    public FailingHeap(int blocks)
    {
        left = blocks;
        Current = this;
    }

    /// <summary>Whether a block was refused.</summary>
    public bool HasFailed { get; private set; }

    [SuppressMessage("Usage", "CA2201", Justification = "What the system's heap throws.")]
    [SuppressMessage("Design", "MA0012", Justification = "What the system's heap throws.")]
    public override void* Allocate(nuint bytes)
    {
        if (Interlocked.Decrement(ref left) < 0)
        {
            HasFailed = true;
            throw new OutOfMemoryException("the test's heap is used up");
        }

        return base.Allocate(bytes);
    }

    public void Dispose() => Current = before;
}
