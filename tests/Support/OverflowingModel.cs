using SamNative.Weights;

namespace SamNative.Tests.Support;

/// <summary>Models whose weights are finite and whose arithmetic is not.</summary>
public static class OverflowingModel
{
    /// <summary>The embedding overflows: the scale of the encoder's last norm.</summary>
    public const string Embedding = "image_encoder.neck.3.weight";

    /// <summary>The predicted IoUs do.</summary>
    public const string Scores = "mask_decoder.iou_prediction_head.layers.2.weight";

    /// <summary>The logits of the second mask of an ambiguous prompt do.</summary>
    public const string Logits = "mask_decoder.output_hypernetworks_mlps.2.layers.2.weight";

    /// <summary>A copy of a model, as safetensors, in which a tensor reaches as far as single precision does.</summary>
    public static byte[] Of(TensorSource model, string tensor)
    {
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in model.Metadata)
        {
            writer.AddMetadata(key, value);
        }

        foreach (TensorInfo info in model.Tensors)
        {
            if (info.Name != tensor)
            {
                writer.Add(info.Name, model, info);
                continue;
            }

            float[] values = new float[info.ElementCount];
            model.Read(info, values);
            float largest = values.Max(Math.Abs);
            writer.Add(info.Name, info.Shape.AsSpan(), values.Select(value => value / largest * 3e38f).ToArray());
        }

        using MemoryStream file = new();
        writer.Save(file);
        return file.ToArray();
    }
}
