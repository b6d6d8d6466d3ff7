using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>What training programs keep beside the weights: it is passed over with a word, and never acted on.</summary>
public sealed class BookkeepingTests
{
    private static readonly Action<RawPickle> tensor = p => p.Tensor("0", "FloatStorage", 6, 0, [6], [1]);
    private static readonly Action<RawPickle> number = p => p.Tensor("0", "LongStorage", 3, 0, [], []);

    /// <summary>Names that no table of tensors needs, also odd spellings of those that one needs; none is a known attack.</summary>
    private static readonly (string Module, string Name)[] strangers =
    [
        ("builtins", "getattr"), ("operator", "attrgetter"), ("functools", "partial"), ("torch", "Size"), ("torch", "float32"),
        ("torch", "device"), ("torch._utils", "_rebuild_qtensor"), ("torch._utils", "_rebuild_sparse_tensor"),
        ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_wrapper_subclass"),
        ("torch._tensor", "_rebuild_from_type_v2"), ("torch", "QInt8Storage"), ("torch.nn.modules.linear", "Linear"),
        ("argparse", "Namespace"), ("numpy.core.multiarray", "scalar"), ("_codecs", "encode"), ("copyreg", "_reconstructor"),
        ("collections", "OrderedDict.popitem"), ("collections", "defaultdict"), ("torch.collections", "OrderedDict"),
        ("collections.OrderedDict", "fromkeys"), ("torch", "FloatStorage.from_file"),
        ("torch._utils", "_rebuild_tensor_v2.__globals__"), ("torch", "floatstorage"), (" torch", "FloatStorage"), ("", ""),
        ("torch", "FloatStorage\r"), ("tоrch", "FloatStorage"), ("osx", "system"), ("socketserver", "x"),
    ];

    public static TheoryData<string> Strangers => [.. strangers.Select(NameOf)];

    /// <summary>Where training programs keep it: beside the table, in the table, and around it.</summary>
    public static TheoryData<int, string> Places => new MatrixTheoryData<int, string>([2, 3, 4], ["beside", "in", "around"]);

    [Theory]
    [MemberData(nameof(Places))]
    public void All_that_python_and_its_libraries_keep_beside_weights_is_passed_over(int protocol, string place)
    {
        byte[] python = File.ReadAllBytes(ReferenceData.Find($"torch_files/bookkeeping.{protocol}.pkl"));
        Action<RawPickle> bookkeeping = p => p.Text("bookkeeping").Op(python[2..^1]);
        Action<RawPickle> model = p => p.Text("model").PlainDict(p => p.Text("w").Do(tensor));
        RawPickle pickle = new RawPickle((byte)protocol).Do(p => _ = place switch
        {
            // The python part goes first: its memo counts from 0.
            "beside" => p.PlainDict(bookkeeping, model),
            "in" => p.PlainDict(bookkeeping, p => p.Text("w").Do(tensor)),
            _ => p.PlainDict(bookkeeping, p => p.Text("x").PlainDict(p => p.Text("epoch").Int(1), model)),
        });
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle.End()).Bytes);

        Assert.Equal([1, 2, 3, 4, 5, 6], Read(Assert.Single(file.Tensors), file));
        Assert.Contains("\"bookkeeping\" (a dict)", file.Notes[0]);
        string names = file.Notes[1];
        Assert.StartsWith("Classes and functions of Python that weights do not need were ignored, and none was run: ", names);
        Assert.Contains("\"numpy.core.multiarray.scalar\"", names);
        Assert.Contains("\"argparse.Namespace\"", names);
        Assert.EndsWith(" more.", names);
        Assert.Equal(2, file.Notes.Length);
    }

    [Theory]
    [MemberData(nameof(Strangers))]
    public void A_stranger_is_named_beside_weights_and_refused_in_their_place(string which)
    {
        (string module, string name) = strangers.Single(one => NameOf(one) == which);
        Action<RawPickle> call = p => p.Call(module, name, a => a.Text("touch pwned"), tensor);
        byte[] beside = RawPickle.Dict(p => p.Text("w").Do(tensor), p => p.Text("x").Do(call)).End();
        byte[] instead = RawPickle.Dict(p => p.Text("w").Do(call), p => p.Text("epoch").Int(1)).End();
        string shown = Quote($"{module}.{name}");

        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(beside).Bytes);
        PyTorchException error = Assert.Throws<PyTorchException>(() => PyTorchFile.Open(RawZip.Of(instead).Bytes));

        Assert.Equal([1, 2, 3, 4, 5, 6], Read(Assert.Single(file.Tensors), file));
        Assert.Equal(
            [
                $"The file also holds \"x\" (an object of {shown}), which is not used.",
                $"Classes and functions of Python that weights do not need were ignored, and none was run: {shown}.",
            ],
            file.Notes);
        Assert.Equal(PyTorchError.ForbiddenGlobal, error.Code);
        Assert.Contains($"the file wants {shown}, which no table of tensors needs; nothing was run.", error.Message);
        Assert.False(File.Exists("pwned"), "the file's command was run");
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("os", "path.join")]
    [InlineData("subprocess", "Popen")]
    [InlineData("builtins", "eval")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch", "load")]
    [InlineData("asyncio.unix_events", "_UnixSubprocessTransport._start")]
    public void An_attack_deep_in_the_bookkeeping_stays_without_effect_and_is_told(string module, string name)
    {
        byte[] pickle = RawPickle.Dict(
            p => p.Text("model").PlainDict(p => p.Text("w").Do(tensor)),
            p => p.Text("optimizer").PlainDict(p => p.Text("hook").Call(module, name, a => a.Text("touch pwned")))).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal([1, 2, 3, 4, 5, 6], Read(Assert.Single(file.Tensors), file));
        Assert.Equal(
            [
                $"Warning: when PyTorch loads this file, it may run \"{module}.{name}\". Here nothing in it is run. "
                + "Use the file nowhere else.",
                "The file also holds \"optimizer\" (a dict), which is not used.",
            ],
            file.Notes);
        Assert.False(File.Exists("pwned"), "the file's command was run");
    }

    [Fact]
    public void Single_numbers_beside_a_table_do_not_hide_it_and_alone_they_are_one()
    {
        byte[] wrapped = RawPickle.Dict(
            p => p.Text("epoch").Do(number),
            p => p.Text("net").PlainDict(p => p.Text("w").Tensor("0", "LongStorage", 3, 0, [3], [1])),
            p => p.Text("metrics").PlainDict(p => p.Text("loss").Do(number))).End();
        byte[] alone = RawPickle.Dict(p => p.Text("scale").Do(number)).End();

        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(wrapped).Bytes);
        using PyTorchFile single = PyTorchFile.Open(RawZip.Of(alone).Bytes);

        Assert.Equal("w", Assert.Single(file.Tensors).Name);
        Assert.Equal(
            ["The file also holds \"epoch\" (a tensor), \"metrics\" (a dict with 1 tensors), which is not used."], file.Notes);
        Assert.Equal("scale", Assert.Single(single.Tensors).Name);
        Assert.Empty(single.Notes);
    }

    [Fact]
    public void Objects_in_place_of_storages_and_tensors_are_listed_and_not_read()
    {
        Action<RawPickle> unknown = p => p.Call(
            "torch._utils",
            "_rebuild_tensor_v2",
            p => p.Storage("0", "ComplexFloatStorage", 3),
            p => p.Int(0),
            p => p.Tuple(3L),
            p => p.Tuple(1L),
            p => p.Op(0x89),
            p => p.OrderedDict());
        byte[] pickle = RawPickle.Dict(
            p => p.Text("w").Do(tensor),
            p => p.Text("fft").Do(unknown),
            p => p.Text("parameter").Call(
                "torch._utils", "_rebuild_parameter", unknown, p => p.Op(0x88), p => p.OrderedDict())).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal("w", Assert.Single(file.Tensors).Name);
        Assert.Contains("\"parameter\" (an object of \"torch.ComplexFloatStorage\")", file.Notes[0]);
    }

    [Fact]
    public void A_key_of_the_model_that_is_no_tensor_is_refused_by_name()
    {
        using SafetensorsFile good = SafetensorsFile.Open(ReferenceData.Find("torch_files/original_keys.safetensors"));
        const string Key = "mask_decoder.iou_token.weight";
        byte[] pickle = RawPickle.Dict(
        [
            .. good.Tensors.Where(tensor => tensor.Name != Key).Select<TensorInfo, Action<RawPickle>>(tensor => p => p
                .Text(tensor.Name).Tensor("0", "FloatStorage", 6, 0, [.. tensor.Shape], [.. tensor.Shape.Select(_ => 0L)])),
            p => p.Text(Key).Call("torch._utils", "_rebuild_qtensor", tensor),
        ]).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(file));

        KeyProblem problem = Assert.Single(error.Problems);
        Assert.Equal(KeyProblemKind.WrongType, problem.Kind);
        Assert.Equal(
            $"{Key}, expected a tensor [1, 32], found an object of \"torch._utils._rebuild_qtensor\"", problem.ToString());
    }

    [Fact]
    public void A_byte_string_of_any_length_is_passed_over()
    {
        byte[] content = new byte[100_000];
        byte[] pickle = new RawPickle(3).PlainDict(
            p => p.Text("log").Op((byte)'B').UInt32((uint)content.Length).Op(content),
            p => p.Text("w").Do(tensor)).End();
        using PyTorchFile file = PyTorchFile.Open(RawZip.Of(pickle).Bytes);

        Assert.Equal(["The file also holds \"log\" (bytes), which is not used."], file.Notes);
        Assert.Equal(
            PyTorchError.Truncated,
            Assert.Throws<PyTorchException>(() => PyTorchFile.Open(RawZip.Of(
                new RawPickle(3).Op((byte)'B').UInt32(uint.MaxValue).End()).Bytes)).Code);
    }

    [Fact]
    public void The_same_goes_for_the_stream_of_before_1_6()
    {
        RawLegacy stream = new()
        {
            Root = RawPickle.Dict(
                p => p.Text("args").Call("argparse", "Namespace").PlainDict(p => p.Text("lr").Int(1)).Op((byte)'b'),
                p => p.Text("w").Tensor("7", "FloatStorage", 6, 0, [6], [1], legacy: true)).End(),
        };
        using PyTorchFile file = PyTorchFile.Open(stream.Bytes);

        Assert.Equal([1, 2, 3, 4, 5, 6], Read(Assert.Single(file.Tensors), file));
        Assert.Contains("\"args\" (an object of \"argparse.Namespace\")", file.Notes[0]);
    }

    private static string NameOf((string Module, string Name) stranger) => Quote($"{stranger.Module}/{stranger.Name}");

    /// <summary>As a message shows text of a file: what is not visible ASCII escaped.</summary>
    private static string Quote(string text) =>
        $"\"{string.Concat(text.Select(c => c is >= ' ' and <= '~' ? $"{c}" : $"\\u{(int)c:x4}"))}\"";

    private static float[] Read(TensorInfo tensor, PyTorchFile file)
    {
        float[] values = new float[tensor.ElementCount];
        file.Read(tensor, values);
        return values;
    }
}
