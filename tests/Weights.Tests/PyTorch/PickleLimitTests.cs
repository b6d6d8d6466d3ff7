using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>The limits of the pickle machine: what is just within them is read, one more is refused.</summary>
public sealed class PickleLimitTests
{
    private const byte Mark = (byte)'(';
    private const byte Tuple = (byte)'t';
    private const byte Appends = (byte)'e';
    private const byte None = (byte)'N';
    private const byte List = (byte)']';

    private static readonly (string Name, PyTorchError Code, Func<int, RawPickle> Make, int Most)[] limits =
    [
        ("stack", PyTorchError.StackTooLarge, Stack, 100_000),
        ("memo", PyTorchError.MemoTooLarge, Memo, 100_000),
        ("tuples", PyTorchError.TooDeep, NestedTuples, 64),
        ("lists", PyTorchError.TooDeep, NestedLists, 64),
        ("dicts", PyTorchError.TooDeep, NestedDicts, 64),
        ("dicts under numbers", PyTorchError.TooDeep, NumberedDicts, 64),
        ("groups", PyTorchError.TooDeep, Groups, 64),
        ("calls", PyTorchError.TooDeep, Calls, 32),
        ("states", PyTorchError.TooDeep, States, 63),
        ("sets", PyTorchError.TooDeep, Sets, 63),
        ("bytes in sum", PyTorchError.PickleTooLarge, ByteString, 64 << 20),
        ("steps", PyTorchError.TooManySteps, Steps, 2_000_000),
        ("text", PyTorchError.TextTooLong, length => new RawPickle().Text(new string('x', length)), 64 << 10),
        ("bytes", PyTorchError.PickleTooLarge, Bytes, 64 << 20),
    ];

    public static TheoryData<string> Names => [.. limits.Select(limit => limit.Name)];

    internal static IEnumerable<PyTorchError> Codes => limits.Select(limit => limit.Code);

    /// <summary>Within the limit the machine comes to the end; what it finds there is no table of tensors.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_just_within_a_limit_is_read_and_one_more_is_refused(string name)
    {
        (_, PyTorchError code, Func<int, RawPickle> make, int most) = limits.Single(limit => limit.Name == name);
        if (most > 1_000_000)
        {
            Costly.SkipWhileMutating();
        }

        Assert.Equal(PyTorchError.NoTensors, Refuse(make(most)).Code);
        Assert.Equal(code, Refuse(make(most + 1)).Code);
    }

    [Fact]
    public void A_name_of_64_KiB_is_read_and_a_longer_one_refused()
    {
        string name = new('x', 64 << 10);

        Assert.Equal(PyTorchError.ForbiddenGlobal, Refuse(new RawPickle().Global(name, "a")).Code);
        Assert.Equal(PyTorchError.TextTooLong, Refuse(new RawPickle().Global($"{name}x", "a")).Code);
    }

    [Fact]
    public void A_frame_may_follow_another_at_once()
    {
        RawPickle pickle = new RawPickle(4)
            .Op([0x95, .. BitConverter.GetBytes(1L), (byte)'}'])
            .Op([0x95, .. BitConverter.GetBytes(1L)]);

        Assert.Equal(PyTorchError.NoTensors, Refuse(pickle).Code);
    }

    [Fact]
    public void A_list_inside_itself_and_shared_dicts_do_no_harm()
    {
        RawPickle pickle = new RawPickle().Op((byte)'}', (byte)'q', 0)
            .Text("self").Op((byte)'h', 0, (byte)'s')
            .Text("list").Op(List, (byte)'q', 1, (byte)'h', 1, (byte)'a', (byte)'s');

        PyTorchException error = Refuse(pickle);

        Assert.Equal(PyTorchError.NoTensors, error.Code);
        Assert.Contains("\"self\" (a dict), \"list\" (a list)", error.Message);
    }

    [Fact]
    public void Dicts_that_hold_each_other_end()
    {
        // a = {b: {c: {w: tensor}, model: a}}.
        RawPickle pickle = new RawPickle().Op((byte)'}', (byte)'q', 0).Text("b")
            .Op((byte)'}').Text("c").Op((byte)'}').Text("w").Tensor("0", "FloatStorage", 6, 0, [6], [1]).Op((byte)'s', (byte)'s')
            .Text("model").Op((byte)'h', 0, (byte)'s').Op((byte)'s');

        Assert.Equal(PyTorchError.NoTensors, Refuse(pickle).Code);
    }

    [Fact]
    public void Doubling_by_the_memo_is_not_followed()
    {
        // Fifty lists, each holding the one before it twice: 2^50 leaves for one who walks them.
        RawPickle pickle = new RawPickle().Op(List, (byte)'q', 0);
        for (byte i = 1; i <= 50; i++)
        {
            pickle.Op(List, (byte)'q', i, Mark, (byte)'h', (byte)(i - 1), (byte)'h', (byte)(i - 1), (byte)'e');
        }

        pickle.Op(Mark).Op(Tuple);
        PyTorchException error = Refuse(pickle);

        Assert.Equal(PyTorchError.TrailingData, error.Code);
    }

    private static PyTorchException Refuse(RawPickle pickle) =>
        Assert.Throws<PyTorchException>(() => PyTorchFile.Open(RawZip.Of(pickle.End()).Bytes));

    private static RawPickle Stack(int height) => new RawPickle().Op(Mark).Op(Repeat(height, None)).Op(Tuple);

    private static RawPickle Memo(int count) => new RawPickle(4).Op(List).Op(Repeat(count, 0x94));

    private static RawPickle NestedTuples(int depth) => new RawPickle().Int(1).Op(Repeat(depth, 0x85));

    private static RawPickle NestedLists(int depth) =>
        new RawPickle().Op(Repeat(depth, List)).Int(1).Op(Repeat(depth, (byte)'a'));

    private static RawPickle NestedDicts(int depth)
    {
        RawPickle pickle = new();
        for (int i = 0; i < depth; i++)
        {
            pickle.Op((byte)'}').Text("a");
        }

        return pickle.Int(1).Op(Repeat(depth, (byte)'s'));
    }

    private static RawPickle NumberedDicts(int depth)
    {
        RawPickle pickle = new();
        for (int i = 0; i < depth; i++)
        {
            pickle.Op((byte)'}').Int(i);
        }

        return pickle.Int(1).Op(Repeat(depth, (byte)'s'));
    }

    /// <summary>f((f((f(),)),)): a call and its arguments are two.</summary>
    private static RawPickle Calls(int depth) => new RawPickle().Op(List).Do(p => Strangers(p, depth))
        .Op((byte)')', (byte)'R').Op([.. Enumerable.Repeat<byte[]>([0x85, (byte)'R'], depth - 1).SelectMany(call => call)])
        .Op((byte)'a');

    private static RawPickle States(int depth) => new RawPickle().Op(List).Do(p => Strangers(p, depth))
        .Int(1).Op(Repeat(depth, (byte)'b')).Op((byte)'a');

    private static RawPickle Sets(int depth) => new RawPickle(4).Op(List)
        .Op([.. Enumerable.Repeat<byte[]>([0x8F, Mark], depth).SelectMany(set => set)])
        .Int(1).Op(Repeat(depth, 0x90)).Op((byte)'a');

    private static RawPickle ByteString(int length) =>
        new RawPickle(3).Op((byte)'B').UInt32((uint)length - 8).Op(new byte[length - 8]);

    private static void Strangers(RawPickle pickle, int count)
    {
        for (int i = 0; i < count; i++)
        {
            pickle.Global("project", "f");
        }
    }

    private static RawPickle Groups(int depth) =>
        new RawPickle().Op(List).Op(Repeat(depth, Mark)).Op(Repeat(depth - 1, Tuple)).Op(Appends);

    /// <summary>So many instructions, the first list and STOP among them.</summary>
    private static RawPickle Steps(int count)
    {
        int groups = (count - 2) / 2;
        byte[] group = [Mark, Appends];
        byte[] odd = (count - 2) % 2 == 0 ? [] : [(byte)'q', 0];
        return new RawPickle().Op(List).Op([.. Enumerable.Repeat(group, groups).SelectMany(one => one)]).Op(odd);
    }

    /// <summary>A pickle of so many bytes, mostly long texts.</summary>
    private static RawPickle Bytes(int length)
    {
        const int block = 65536 + 5;
        int left = length - 2 - 1 - 2 - 1;
        RawPickle pickle = new RawPickle().Op(List, Mark);
        for (; left > 2 * block; left -= block)
        {
            pickle.Text(new string('x', 65536));
        }

        int half = left / 2;
        return pickle.Text(new string('x', half - 5)).Text(new string('x', left - half - 5)).Op(Appends);
    }

    private static byte[] Repeat(int count, byte value)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }
}
