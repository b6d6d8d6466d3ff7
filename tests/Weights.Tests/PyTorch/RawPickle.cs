using System.Buffers.Binary;
using System.Text;

namespace SamNative.Weights.Tests;

/// <summary>Writes pickles instruction by instruction, so that they can lie.</summary>
internal sealed class RawPickle
{
    private readonly List<byte> bytes = [];

    /// <summary>A pickle that begins by stating its protocol.</summary>
    public RawPickle(byte protocol = 2) => Op(0x80, protocol);

    /// <summary>A state_dict as torch writes it, with these entries.</summary>
    public static RawPickle Dict(params Action<RawPickle>[] entries) => new RawPickle().OrderedDict(entries);

    /// <summary>The whole pickle of a state_dict with one tensor "w", whose storage "0" has 6 values.</summary>
    public static byte[] OneTensor(
        string type = "FloatStorage", long count = 6, long offset = 0, long[]? shape = null, long[]? strides = null) =>
        Dict(p => p.Text("w").Tensor("0", type, count, offset, shape ?? [2, 3], strides ?? [3, 1])).End();

    public RawPickle Op(params byte[] instruction)
    {
        bytes.AddRange(instruction);
        return this;
    }

    public RawPickle Do(Action<RawPickle> write)
    {
        write(this);
        return this;
    }

    /// <summary>STOP, and the bytes.</summary>
    public byte[] End() => [.. bytes, (byte)'.'];

    public RawPickle Mark() => Op((byte)'(');

    public RawPickle Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op((byte)'X').UInt32((uint)utf8.Length).Op(utf8);
    }

    public RawPickle ShortText(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op(0x8C, (byte)utf8.Length).Op(utf8);
    }

    public RawPickle Int(long value)
    {
        byte[] number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        return Op(0x8A, 8).Op(number);
    }

    public RawPickle UInt32(uint value)
    {
        byte[] number = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, value);
        return Op(number);
    }

    public RawPickle Global(string module, string name) => Op([(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{name}\n")]);

    public RawPickle Tuple(params Action<RawPickle>[] items)
    {
        Mark();
        foreach (Action<RawPickle> item in items)
        {
            item(this);
        }

        return Op((byte)'t');
    }

    public RawPickle Tuple(params long[] items) => Tuple([.. items.Select<long, Action<RawPickle>>(i => p => p.Int(i))]);

    public RawPickle Call(string module, string name, params Action<RawPickle>[] arguments) =>
        Global(module, name).Tuple(arguments).Op((byte)'R');

    /// <summary>A dict with these entries, each a key and a value.</summary>
    public RawPickle PlainDict(params Action<RawPickle>[] entries) => Op((byte)'}').Fill(entries);

    public RawPickle OrderedDict(params Action<RawPickle>[] entries) =>
        Call("collections", "OrderedDict").Fill(entries);

    public RawPickle Storage(string key, string type, long count, bool legacy = false)
    {
        Mark().Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count);
        return Do(p => _ = legacy ? p.Op((byte)'N') : p).Op((byte)'t', (byte)'Q');
    }

    public RawPickle Tensor(
        string key, string type, long count, long offset, long[] shape, long[] strides, bool legacy = false) => Call(
            "torch._utils",
            "_rebuild_tensor_v2",
            p => p.Storage(key, type, count, legacy),
            p => p.Int(offset),
            p => p.Tuple(shape),
            p => p.Tuple(strides),
            p => p.Op(0x89),
            p => p.OrderedDict());

    private RawPickle Fill(Action<RawPickle>[] entries)
    {
        Mark();
        foreach (Action<RawPickle> entry in entries)
        {
            entry(this);
        }

        return Op((byte)'u');
    }
}
