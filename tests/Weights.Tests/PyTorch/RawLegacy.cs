namespace SamNative.Weights.Tests;

/// <summary>The parts of a stream as torch.save wrote it before 1.6; a test replaces one.</summary>
internal sealed record RawLegacy
{
    public byte[] Magic { get; init; } =
        [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E];

    public byte[] Protocol { get; init; } = new RawPickle().Int(1001).End();

    public byte[] System { get; init; } = SystemOf(0x88);

    public byte[] Root { get; init; } = RawPickle.Dict(
        p => p.Text("w").Tensor("7", "FloatStorage", 6, 0, [2, 3], [3, 1], legacy: true)).End();

    public byte[] Keys { get; init; } = KeysOf("7");

    public byte[] Storages { get; init; } = [.. BitConverter.GetBytes(6L), .. RawZip.Content(24)];

    public byte[] Bytes => [.. Magic, .. Protocol, .. System, .. Root, .. Keys, .. Storages];

    public static byte[] SystemOf(byte littleEndian) =>
        new RawPickle().PlainDict(p => p.Text("little_endian").Op(littleEndian)).End();

    public static byte[] KeysOf(params string[] keys) => new RawPickle().Op((byte)']').Mark()
        .Do(p => Array.ForEach(keys, key => p.Text(key))).Op((byte)'e').End();
}
