using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// Native memory and its account. The account is the process's, so no other test may run beside these.
/// </summary>
[Collection(nameof(NativeBufferTests))]
[CollectionDefinition(nameof(NativeBufferTests), DisableParallelization = true)]
public sealed class NativeBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1_000_003)]
    public void Memory_is_zeroed_and_aligned_to_a_page(int length)
    {
        for (int round = 0; round < 3; round++)
        {
            using NativeBuffer buffer = new(length);
            Assert.Equal(length, buffer.Length);
            Assert.Equal(length, buffer.Span.Length);
            Assert.Equal(-1, buffer.Span.IndexOfAnyExcept(0f));
            unsafe
            {
                Assert.Equal(0, (nint)buffer.Pointer % 4096);
            }

            buffer.Span.Fill(1f);
        }
    }

    [Fact]
    public void Live_bytes_count_what_is_alive()
    {
        long before = NativeBuffer.LiveBytes;
        using (NativeBuffer first = new(1000))
        {
            Assert.InRange(NativeBuffer.LiveBytes - before, 4000, 4000 + 4096);
            using NativeBuffer second = new(5000);
            Assert.InRange(NativeBuffer.LiveBytes - before, 24_000, 24_000 + (2 * 4096));
        }

        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void Disposing_twice_frees_once()
    {
        long before = NativeBuffer.LiveBytes;
        NativeBuffer buffer = new(10);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void Use_after_disposal_throws()
    {
        NativeBuffer buffer = new(10);
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => Touch(buffer));

        static unsafe void Touch(NativeBuffer buffer) => _ = buffer.Pointer;
    }

    [Fact]
    [SuppressMessage("Reliability", "CA2000", Justification = "Not disposed: the finalizer is what is tested.")]
    public void Forgotten_buffers_are_freed_by_the_collector()
    {
        long before = NativeBuffer.LiveBytes;
        WeakReference forgotten = Forget();
        for (int i = 0; i < 100 && NativeBuffer.LiveBytes != before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(forgotten.IsAlive);
        Assert.Equal(before, NativeBuffer.LiveBytes);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Forget() => new(new NativeBuffer(1000));
    }

    [Fact]
    public void A_size_that_no_memory_has_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeBuffer(-1));
        Assert.ThrowsAny<SystemException>(() => new NativeBuffer(nint.MaxValue));
    }
}
