using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>What holds for every file that can be written; FsCheck looks for one where it does not.</summary>
public sealed class SafetensorsProperties
{
    private static readonly Config config = Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20_230_405, 7);

    [Fact]
    public void What_is_written_is_what_is_read() => ForAnyFile(content =>
    {
        using SafetensorsFile file = SafetensorsFile.Open(Write(content.Tensors, content.Metadata));
        Assert.Equal(content.Metadata, file.Metadata);
        Assert.Equal(content.Metadata.Keys, file.Metadata.Keys);
        Assert.Equal(content.Tensors.Length, file.Tensors.Length);
        foreach (Tensor tensor in content.Tensors)
        {
            Assert.True(file.TryGet(tensor.Name, out TensorInfo? found));
            Assert.Equal(tensor.Dtype, found.Dtype);
            Assert.Equal(tensor.Shape, found.Shape);
            byte[] bytes = new byte[found.ByteLength];
            file.ReadBytes(found, bytes);
            Assert.Equal(tensor.Bytes(), bytes);
        }
    });

    [Fact]
    public void The_order_of_adding_does_not_matter() => ForAnyFile(content =>
        Assert.Equal(
            Write(content.Tensors, content.Metadata), Write([.. content.Tensors.Reverse()], content.Metadata)));

    [Fact]
    public void Tensors_are_sorted_and_aligned_to_their_elements() => ForAnyFile(content =>
    {
        using SafetensorsFile file = SafetensorsFile.Open(Write(content.Tensors, content.Metadata));
        int[] sizes = [.. file.Tensors.Select(tensor => tensor.Dtype.BitsPerElement())];
        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.All(
            file.Tensors.Where(tensor => tensor.Dtype.BitsPerElement() >= 8),
            tensor => Assert.Equal(0, tensor.Offset % (tensor.Dtype.BitsPerElement() / 8)));
    });

    [Fact]
    public void Copying_a_file_tensor_by_tensor_gives_the_same_bytes() => ForAnyFile(content =>
    {
        byte[] original = Write(content.Tensors, content.Metadata);
        using SafetensorsFile file = SafetensorsFile.Open(original);
        SafetensorsWriter copy = new();
        foreach ((string key, string value) in file.Metadata)
        {
            copy.AddMetadata(key, value);
        }

        foreach (TensorInfo tensor in file.Tensors)
        {
            copy.Add(tensor.Name, file, tensor);
        }

        Assert.Equal(original, Save(copy));
    });

    [Fact]
    public void Floats_come_back_bit_for_bit() =>
        Prop.ForAll(ArbMap.Default.ArbFor<float[]>(), values =>
        {
            SafetensorsWriter writer = new();
            writer.Add("a", [values.Length], values);
            using SafetensorsFile file = SafetensorsFile.Open(Save(writer));
            float[] read = new float[values.Length];
            file.Read(file.Tensors[0], read);
            Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), read.Select(BitConverter.SingleToInt32Bits));
        }).Check(config);

    [Fact]
    public void Rounding_to_16_bits_takes_a_nearest_neighbour() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NormalFloat>(), number =>
        {
            float value = (float)number.Get;
            if (!(Math.Abs(value) < 60_000))
            {
                return;
            }

            SafetensorsWriter writer = new();
            writer.Add("half", [1], new[] { value }, TensorDtype.F16);
            writer.Add("brain", [1], new[] { value }, TensorDtype.BF16);
            using SafetensorsFile file = SafetensorsFile.Open(Save(writer));
            float[] read = new float[1];
            foreach ((string name, int mantissa, int least) in new[] { ("half", 10, -24), ("brain", 7, -133) })
            {
                Assert.True(file.TryGet(name, out TensorInfo? tensor));
                file.Read(tensor, read);
                double half = Math.Max(Math.ScaleB(1, Math.ILogB(value) - mantissa), Math.ScaleB(1, least)) / 2;
                Assert.InRange(Math.Abs((double)read[0] - value), 0, half);
            }
        }).Check(config);

    private static void ForAnyFile(Action<Content> property)
    {
        Costly.SkipWhileMutating();
        Prop.ForAll(Arb.From(Contents()), property).Check(config);
    }

    private static Gen<Content> Contents()
    {
        Gen<string> name = ArbMap.Default.GeneratorFor<NonEmptyString>()
            .Select(text => text.Get)
            .Where(text => text != "__metadata__" && !text.Any(c => char.IsControl(c) || char.IsSurrogate(c)));
        Gen<long[]> shape = Gen.Choose(0, 4).Select(side => (long)side).ArrayOf().Resize(4);
        Gen<Tensor> tensor =
            from n in name
            from dtype in Gen.Elements(TensorDtypes.All.AsEnumerable())
            from s in shape
            from seed in Gen.Choose(0, int.MaxValue)
            select Tensor.Whole(n, dtype, s, seed);
        Gen<string> text = ArbMap.Default.GeneratorFor<NonNull<string>>()
            .Select(value => value.Get)
            .Where(value => !value.Any(char.IsSurrogate));
        return
            from tensors in tensor.ArrayOf()
            from keys in text.ArrayOf()
            from values in text.ArrayOf(keys.Length)
            select new Content(
                [.. tensors.DistinctBy(one => one.Name)],
                new OrderedDictionary<string, string>(
                    keys.Zip(values, KeyValuePair.Create).DistinctBy(pair => pair.Key)));
    }

    private static byte[] Write(ImmutableArray<Tensor> tensors, OrderedDictionary<string, string> metadata)
    {
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in metadata)
        {
            writer.AddMetadata(key, value);
        }

        foreach (Tensor tensor in tensors)
        {
            writer.AddBytes(tensor.Name, tensor.Shape, tensor.Bytes(), tensor.Dtype);
        }

        return Save(writer);
    }

    private static byte[] Save(SafetensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Save(stream);
        return stream.ToArray();
    }

    private sealed record Content(ImmutableArray<Tensor> Tensors, OrderedDictionary<string, string> Metadata);

    private sealed record Tensor(string Name, TensorDtype Dtype, long[] Shape, int Seed)
    {
        /// <summary>A tensor whose elements fill whole bytes: packed types get a last side that sees to it.</summary>
        public static Tensor Whole(string name, TensorDtype dtype, long[] shape, int seed) =>
            new(name, dtype, dtype.BitsPerElement() < 8 ? [.. shape, 4] : shape, seed);

        public byte[] Bytes()
        {
            long bits = Shape.Aggregate((long)Dtype.BitsPerElement(), (product, side) => product * side);
            byte[] bytes = new byte[bits / 8];
            new Random(Seed).NextBytes(bytes);
            return bytes;
        }
    }
}
