// The visual tower of a document model, and the first layer of what comes behind it: a picture in, tokens for a language
// model out. The projector is a linear layer, weight [outputs, channels] and bias [outputs], in a safetensors file; it reads
// the tower's tokens where they lie.
using System.Globalization;
using System.Numerics.Tensors;
using SamNative;
using SamNative.Imaging;
using SamNative.Weights;

if (args is not [string model, string projector, string pictureFile])
{
    Console.Error.WriteLine("usage: tower MODEL PROJECTOR.safetensors PICTURE");
    return 2;
}

using VisualTower tower = VisualTower.Load(model);
using SafetensorsFile layer = SafetensorsFile.Open(projector);
float[] weight = Read(layer, "weight");
float[] bias = Read(layer, "bias");

TowerFeatures features = tower.Encode(ImageFile.Load(pictureFile).View);

// The tiles of a picture come first, then the whole of it.
List<float[]> tokens = [];
if (features.Tiles is { } tiles)
{
    Project(tiles.Tokens, weight, bias, tokens);
}

Project(features.Whole.Tokens, weight, bias, tokens);
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{tower.Preprocessing.Name}: {tokens.Count} tokens of {bias.Length} values; norm of the first {TensorPrimitives.Norm<float>(tokens[0]):F4}"));
return 0;

static void Project(ReadOnlyTensorSpan<float> features, float[] weight, float[] bias, List<float[]> into)
{
    int channels = (int)features.Lengths[2];
    for (nint view = 0; view < features.Lengths[0]; view++)
    {
        for (nint token = 0; token < features.Lengths[1]; token++)
        {
            ReadOnlySpan<float> values = features.GetSpan([view, token, 0], channels);
            float[] projected = new float[bias.Length];
            for (int output = 0; output < projected.Length; output++)
            {
                projected[output] = TensorPrimitives.Dot(values, weight.AsSpan(output * channels, channels)) + bias[output];
            }

            into.Add(projected);
        }
    }
}

static float[] Read(SafetensorsFile file, string name)
{
    TensorInfo tensor = file.TryGet(name, out TensorInfo? found)
        ? found
        : throw new InvalidDataException($"{file.Name} holds no tensor {name}.");
    float[] values = new float[tensor.ElementCount];
    file.Read(tensor, values);
    return values;
}
