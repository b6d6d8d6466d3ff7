using System.Runtime.InteropServices;
using Google.Protobuf;
using SamNative.Bench.Onnx;

namespace SamNative.Bench;

/// <summary>A model of one node: y = MatMul(x, w), w a constant of the graph.</summary>
internal static class MatMulGraph
{
    public const string Input = "x";

    public const string Output = "y";

    public static byte[] Create(ProductShape shape)
    {
        const string Weight = "w";
        GraphProto graph = new() { Name = shape.Name };
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { Input, Weight }, Output = { Output } });
        graph.Initializer.Add(new TensorProto
        {
            Name = Weight,
            DataType = OnnxTypes.Float,
            Dims = { shape.Depth, shape.Columns },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(Transposed(shape).AsSpan())),
        });
        graph.Input.Add(OnnxTypes.Tensor(Input, shape.Rows, shape.Depth));
        graph.Output.Add(OnnxTypes.Tensor(Output, shape.Rows, shape.Columns));
        ModelProto model = new() { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        return model.ToByteArray();
    }

    /// <summary>[Depth, Columns], as MatMul wants it.</summary>
    private static float[] Transposed(ProductShape shape)
    {
        float[] weights = shape.Weights();
        float[] transposed = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            (int column, int k) = Math.DivRem(i, shape.Depth);
            transposed[(k * shape.Columns) + column] = weights[i];
        }

        return transposed;
    }
}
