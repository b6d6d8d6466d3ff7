using SamNative.Bench.Onnx;

namespace SamNative.Bench;

/// <summary>The few numbers and shapes of the ONNX format that are needed.</summary>
internal static class OnnxTypes
{
    /// <summary>TensorProto.DataType.FLOAT.</summary>
    public const int Float = 1;

    /// <summary>TensorProto.DataType.INT8.</summary>
    public const int Int8 = 3;

    /// <summary>AttributeProto.AttributeType.INT.</summary>
    public const int IntAttribute = 2;

    /// <summary>A float tensor at the edge of a graph.</summary>
    public static ValueInfoProto Tensor(string name, params ReadOnlySpan<int> shape)
    {
        TensorShapeProto sides = new();
        foreach (int side in shape)
        {
            sides.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = side });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = Float, Shape = sides } },
        };
    }
}
