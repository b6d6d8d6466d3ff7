// The encoder alone, as the visual tower of something else: a picture in, a tensor [1, channels, grid, grid] out, as the
// span that System.Numerics.Tensors and ONNX Runtime take. A file with the encoder's weights alone is enough
// (samnative convert --part encoder); of a whole one the decoder's weights stay on the disk.
using System.Globalization;
using System.Numerics.Tensors;
using SamNative;
using SamNative.Imaging;

if (args is not [string weights, string pictureFile])
{
    Console.Error.WriteLine("usage: features MODEL.safetensors PICTURE");
    return 2;
}

using SamModel model = SamModel.Load(weights, new SamOptions { DeferDecoder = true });
using SamEmbedding embedding = model.Encode(ImageFile.Load(pictureFile).View);
ReadOnlyTensorSpan<float> features = embedding.Tensor;

// One vector for the whole picture, its channels averaged over all positions: for search and classification.
int positions = embedding.Frame.Tokens;
float[] values = new float[features.FlattenedLength];
features.FlattenTo(values);
float[] picture = new float[embedding.Channels];
for (int channel = 0; channel < picture.Length; channel++)
{
    picture[channel] = TensorPrimitives.Sum<float>(values.AsSpan(channel * positions, positions)) / positions;
}

Console.WriteLine(
    string.Create(
        CultureInfo.InvariantCulture,
        $"[{string.Join(", ", features.Lengths.ToArray())}] norm of the mean {TensorPrimitives.Norm<float>(picture):F4}"));
return 0;
