// Segments the thing at a point, with the library alone: published with NativeAOT, one small file that needs nothing but
// the C library. What is printed names the instruction set, so that a slow build shows.
using System.Globalization;
using System.Runtime.InteropServices;
using SamNative;
using SamNative.Samples.Embedded;

if (args is not [string weights, string pictureFile, string x, string y, string maskFile, .. string[] rest])
{
    Console.Error.WriteLine("usage: embedded MODEL.safetensors PICTURE.ppm X Y MASK.pgm [EMBEDDING.f32]");
    return 2;
}

ImageView picture = Ppm.Read(File.ReadAllBytes(pictureFile));
using SamModel model = SamModel.Load(weights);
foreach (string note in model.Notes)
{
    Console.Error.WriteLine(note);
}

using SamEmbedding embedding = model.Encode(picture);
using SamPredictor predictor = model.CreatePredictor();
predictor.SetEmbedding(embedding);
SamPrompt prompt = SamPrompt.At(
    double.Parse(x, CultureInfo.InvariantCulture), double.Parse(y, CultureInfo.InvariantCulture));
SamPrediction prediction = predictor.Predict(prompt);
SamMask mask = prediction.Masks[prediction.Best];
Ppm.Write(maskFile, mask);
if (rest is [string embeddingFile])
{
    float[] values = new float[embedding.Tensor.FlattenedLength];
    embedding.Tensor.FlattenTo(values);
    File.WriteAllBytes(embeddingFile, MemoryMarshal.AsBytes(values.AsSpan()));
}

Console.WriteLine(
    string.Create(
        CultureInfo.InvariantCulture,
        $"{model.Isa}: score {prediction.Scores[prediction.Best]:F3}, {mask.Area} pixels, {mask.Bounds}"));
return 0;
