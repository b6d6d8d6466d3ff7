using SamNative.Kernels;

namespace SamNative;

/// <summary>Reads a matrix [any, columns] into memory whose rows are a stride apart, a block of rows at a time.</summary>
internal sealed class RowsJob(WeightLoader loader, string name, int rows, int columns, NativeBuffer destination, int stride)
    : ParallelJob
{
    private const int BlockRows = 64;

    public int Pieces => (rows + BlockRows - 1) / BlockRows;

    public override void Run(int index, int worker)
    {
        int first = index * BlockRows;
        int count = Math.Min(BlockRows, rows - first);
        ReadOnlySpan<float> source = loader.ReadPart(name, (long)first * columns, count * columns, worker);
        for (int r = 0; r < count; r++)
        {
            source.Slice(r * columns, columns).CopyTo(destination.Span[((first + r) * stride)..]);
        }
    }
}
