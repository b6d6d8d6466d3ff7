using System.Runtime.InteropServices;
using Google.Protobuf;
using SamNative.Bench.Onnx;
using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>
/// The peer's graph with its linear layers in dynamic int8, as ONNX Runtime's own quantiser writes them: activations are
/// quantised as they come (DynamicQuantizeLinear), weights beforehand, symmetric, a scale per output column
/// (MatMulInteger), and the product is scaled back. ONNX Runtime fuses that into one kernel.
/// </summary>
internal static class QuantizedGraph
{
    private const string FileName = "vit_b_encoder.int8.onnx";

    /// <summary>Writes the quantised graph beside the original, whose weights it shares; gives its path.</summary>
    public static string Prepare(string original)
    {
        string folder = Path.GetDirectoryName(original)!;
        string path = Path.Combine(folder, FileName);
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(original));
        Rewrite(model.Graph, folder);
        AtomicFile.Write(path, overwrite: true, stream => model.WriteTo(stream));
        return path;
    }

    /// <summary>Every MatMul with the transpose of a constant; those with two activations stay as they are.</summary>
    private static void Rewrite(GraphProto graph, string folder)
    {
        Dictionary<string, TensorProto> constants = graph.Initializer.ToDictionary(tensor => tensor.Name);
        Dictionary<string, NodeProto> transposes = graph.Node
            .Where(node => node.OpType == "Transpose" && constants.TryGetValue(node.Input[0], out TensorProto? t) && t.Dims.Count == 2)
            .ToDictionary(node => node.Output[0]);
        List<NodeProto> nodes = [];
        foreach (NodeProto node in graph.Node)
        {
            if (node.OpType == "MatMul" && transposes.TryGetValue(node.Input[1], out NodeProto? transpose))
            {
                TensorProto weight = constants[transpose.Input[0]];
                graph.Initializer.Remove(weight);
                AddQuantized(graph, weight, ReadFloats(weight, folder));
                nodes.AddRange(Integer(node, weight.Name));
            }
            else if (!(node.OpType == "Transpose" && transposes.ContainsKey(node.Output[0])))
            {
                nodes.Add(node);
            }
        }

        graph.Node.Clear();
        graph.Node.AddRange(nodes);
    }

    private static IEnumerable<NodeProto> Integer(NodeProto product, string weight)
    {
        (string input, string output) = (product.Input[0], product.Output[0]);
        string Name(string part) => $"{output}.{part}";
        yield return new NodeProto
        {
            OpType = "DynamicQuantizeLinear",
            Name = Name("quantize"),
            Input = { input },
            Output = { Name("quantized"), Name("scale"), Name("zero") },
        };
        yield return new NodeProto
        {
            OpType = "MatMulInteger",
            Name = Name("multiply"),
            Input = { Name("quantized"), QuantizedName(weight), Name("zero") },
            Output = { Name("integer") },
        };
        NodeProto cast = new() { OpType = "Cast", Name = Name("cast"), Input = { Name("integer") }, Output = { Name("float") } };
        cast.Attribute.Add(new AttributeProto { Name = "to", Type = OnnxTypes.IntAttribute, I = OnnxTypes.Float });
        yield return cast;
        yield return new NodeProto
        {
            OpType = "Mul",
            Name = Name("scales"),
            Input = { Name("scale"), ScaleName(weight) },
            Output = { Name("both") },
        };
        yield return new NodeProto
        {
            OpType = "Mul",
            Name = Name("dequantize"),
            Input = { Name("float"), Name("both") },
            Output = { output },
        };
    }

    /// <summary>Adds the weight, [columns, depth] in the file, as int8 [depth, columns] and its scales, [columns].</summary>
    private static void AddQuantized(GraphProto graph, TensorProto weight, float[] values)
    {
        (int columns, int depth) = ((int)weight.Dims[0], (int)weight.Dims[1]);
        sbyte[] quantized = new sbyte[values.Length];
        float[] scales = new float[columns];
        for (int n = 0; n < columns; n++)
        {
            ReadOnlySpan<float> column = values.AsSpan(n * depth, depth);
            float most = 0;
            foreach (float value in column)
            {
                most = Math.Max(most, Math.Abs(value));
            }

            scales[n] = most > 0 ? most / sbyte.MaxValue : 1;
            for (int k = 0; k < depth; k++)
            {
                quantized[(k * columns) + n] = (sbyte)MathF.Round(column[k] / scales[n]);
            }
        }

        graph.Initializer.Add(new TensorProto
        {
            Name = QuantizedName(weight.Name),
            DataType = OnnxTypes.Int8,
            Dims = { depth, columns },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(quantized.AsSpan())),
        });
        graph.Initializer.Add(new TensorProto
        {
            Name = ScaleName(weight.Name),
            DataType = OnnxTypes.Float,
            Dims = { columns },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(scales.AsSpan())),
        });
    }

    private static string QuantizedName(string weight) => $"{weight}.int8";

    private static string ScaleName(string weight) => $"{weight}.scale";

    /// <summary>A constant's values, from the file of weights beside the graph.</summary>
    private static float[] ReadFloats(TensorProto tensor, string folder)
    {
        Dictionary<string, string> place = tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value);
        using FileStream file = File.OpenRead(Path.Combine(folder, place["location"]));
        file.Position = place.TryGetValue("offset", out string? offset) ? long.Parse(offset) : 0;
        float[] values = new float[tensor.Dims.Aggregate(1L, (product, side) => product * side)];
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
