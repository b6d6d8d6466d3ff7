using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Whenever the program is killed: a file is whole or not there, and the next run is not bothered.</summary>
public sealed class KillTests : IDisposable
{
    private const int Seed = 20261125;
    private const string Target = "out.safetensors";

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_killed_convert_leaves_a_whole_file_or_none()
    {
        SynthSome();
        int hits = Kill("convert", "some.safetensors", Target, "--dtype", "bf16");

        Assert.True(hits > 10, $"only {hits} of 50 runs were killed while they wrote");
    }

    [Fact]
    public void A_killed_encode_leaves_a_whole_file_or_none() =>
        Kill("encode", TestFiles.SmallPicture, "-m", "demo", "-o", Target);

    [Fact]
    public void A_killed_convert_onto_itself_keeps_the_old_file_or_has_the_new()
    {
        SynthSome();
        byte[] old = File.ReadAllBytes(folder.File("some.safetensors"));
        string[] arguments = ["convert", "some.safetensors", "some.safetensors", "--dtype", "f16", "--force"];
        Samnative.Run(folder, arguments).Succeeded();
        byte[] converted = File.ReadAllBytes(folder.File("some.safetensors"));

        KillAtRandom killing = new()
        {
            Kills = 20,
            Start = () =>
            {
                File.WriteAllBytes(folder.File("some.safetensors"), old);
                return Samnative.Start(folder, [], [], arguments);
            },
            IsWriting = IsWriting,
            AfterKill = _ => Assert.Contains(
                File.ReadAllBytes(folder.File("some.safetensors")), new[] { old, converted }, Same.Instance),
            AfterFinish = () => Assert.Equal(converted, File.ReadAllBytes(folder.File("some.safetensors"))),
        };
        killing.Run(Seed);
        Assert.Equal(["some.json", "some.safetensors"], folder.Names);
    }

    /// <summary>Kills a verb that writes the target, and compares what is left with what an undisturbed run writes.</summary>
    private int Kill(params string[] arguments)
    {
        string target = folder.File(Target);
        string[] before = folder.Names;
        Samnative.Run(folder, arguments).Succeeded();
        byte[] expected = File.ReadAllBytes(target);
        File.Delete(target);
        KillAtRandom killing = new()
        {
            Start = () => Samnative.Start(folder, [], [], arguments),
            IsWriting = IsWriting,
            AfterKill = ended =>
            {
                string[] left = [.. folder.Names.Except(before).Where(name => !IsTemporary(name))];
                Assert.True(left.All(name => name == Target), string.Join(' ', left));
                Assert.True(left.Length > 0 || !ended, "it ended well without a file");
                Assert.True(left.Length == 0 || expected.AsSpan().SequenceEqual(File.ReadAllBytes(target)), "half a file");
                Assert.InRange(folder.Names.Count(IsTemporary), 0, 1);
                File.Delete(target);
            },
            AfterFinish = () =>
            {
                Assert.Equal(before.Append(Target).Order(StringComparer.Ordinal), folder.Names);
                Assert.Equal(expected, File.ReadAllBytes(target));
                File.Delete(target);
            },
        };
        return killing.Run(Seed);
    }

    private bool IsWriting() => folder.Names.Any(IsTemporary);

    private static bool IsTemporary(string name) => name.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>A model large enough that writing it takes a while: 13 million values.</summary>
    private void SynthSome() => TestFiles.Synth(
        folder, "some", SamConfig.VitB with { EmbedDim = 384, Depth = 4, NumHeads = 6, GlobalAttnIndexes = [3] });

    private sealed class Same : IEqualityComparer<byte[]>
    {
        public static Same Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj.Length;
    }
}
