using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// The values that a pickle's instructions work on: a stack with marks, and what is remembered for later. All of it is
/// limited, so that no file can make it grow without end.
/// </summary>
internal sealed class PickleStack
{
    /// <summary>Our limit of values on the stack.</summary>
    public const int MaxStack = 100_000;

    /// <summary>Our limit of values that are remembered.</summary>
    public const int MaxMemo = 100_000;

    /// <summary>Our limit of containers inside each other.</summary>
    public const int MaxNesting = 64;

    private readonly List<PickleNode> stack = [];

    /// <summary>How high the stack was at each mark that is still open: nothing below the last one can be taken.</summary>
    private readonly List<int> marks = [];

    private readonly Dictionary<uint, PickleNode> memo = [];

    /// <summary>The instruction being followed, for errors.</summary>
    public FilePlace Place { get; set; }

    /// <summary>The one value that must be left at the end.</summary>
    public PickleNode Finish()
    {
        if (marks.Count > 0 || stack.Count != 1)
        {
            throw Error(
                stack.Count == 0 ? PyTorchError.StackUnderflow : PyTorchError.TrailingData,
                $"the pickle ends with {stack.Count} values and {marks.Count} open groups in place of one value.");
        }

        return stack[0];
    }

    /// <summary>Sets a mark.</summary>
    public void OpenGroup()
    {
        if (marks.Count >= MaxNesting)
        {
            throw Error(PyTorchError.TooDeep, $"more than {MaxNesting} groups are open.");
        }

        marks.Add(stack.Count);
    }

    /// <summary>Puts a value on top.</summary>
    public void Push(PickleNode node)
    {
        if (stack.Count >= MaxStack)
        {
            throw Error(PyTorchError.StackTooLarge, $"more than {MaxStack} values wait on the stack.");
        }

        stack.Add(node);
    }

    /// <summary>The topmost value of the innermost group.</summary>
    public PickleNode Top()
    {
        CheckHeight(1);
        return stack[^1];
    }

    /// <summary>Takes so many values, the topmost last.</summary>
    public ImmutableArray<PickleNode> Pop(int count)
    {
        CheckHeight(count);
        ImmutableArray<PickleNode> popped = [.. stack[^count..]];
        stack.RemoveRange(stack.Count - count, count);
        return popped;
    }

    /// <summary>Takes everything above the last mark, and the mark.</summary>
    public ImmutableArray<PickleNode> PopGroup()
    {
        if (marks.Count == 0)
        {
            throw Error(PyTorchError.StackUnderflow, "a group is closed that was not opened.");
        }

        ImmutableArray<PickleNode> popped = Pop(stack.Count - marks[^1]);
        marks.RemoveAt(marks.Count - 1);
        return popped;
    }

    /// <summary>Refuses a container with too many others inside each other.</summary>
    public void CheckNesting(PickleNode container)
    {
        if (container.Depth > MaxNesting)
        {
            throw Error(PyTorchError.TooDeep, $"more than {MaxNesting} values are inside each other.");
        }
    }

    /// <summary>Puts a remembered value on top.</summary>
    public void Recall(uint index) => Push(memo.TryGetValue(index, out PickleNode? node)
        ? node
        : throw Error(PyTorchError.UnknownMemo, $"nothing was remembered as number {index}."));

    /// <summary>Remembers the topmost value under a number.</summary>
    public void Remember(uint index)
    {
        PickleNode top = Top();
        if (memo.Count >= MaxMemo)
        {
            throw Error(PyTorchError.MemoTooLarge, $"more than {MaxMemo} values are remembered.");
        }

        if (!memo.TryAdd(index, top))
        {
            throw Error(PyTorchError.MemoOverwritten, $"number {index} is remembered twice.");
        }
    }

    /// <summary>Remembers the topmost value under the next number.</summary>
    public void Memoize() => Remember((uint)memo.Count);

    private void CheckHeight(int count)
    {
        int height = stack.Count - (marks.Count > 0 ? marks[^1] : 0);
        if (height < count)
        {
            throw Error(PyTorchError.StackUnderflow, $"{count} values are needed, {height} are there.");
        }
    }

    private PyTorchException Error(PyTorchError code, string problem) => Place.Error(code, problem);
}
