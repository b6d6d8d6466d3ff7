// Works through a folder: the next picture is decoded while the model computes on this one, which takes all cores by
// itself. One model, one predictor and one prediction serve all pictures, so memory does not grow with their number.
using System.Threading.Channels;
using SamNative;
using SamNative.Imaging;

if (args is not [string weights, string folder, string results])
{
    Console.Error.WriteLine("usage: batch MODEL.safetensors FOLDER RESULTS");
    return 2;
}

using SamModel model = SamModel.Load(weights);
using SamPredictor predictor = model.CreatePredictor();
SamPrediction prediction = new();
int failed = 0;
Directory.CreateDirectory(results);

Channel<(string Name, DecodedImage Image)> decoded = Channel.CreateBounded<(string, DecodedImage)>(1);
Task reading = Task.Run(ReadAll);
await foreach ((string name, DecodedImage image) in decoded.Reader.ReadAllAsync())
{
    predictor.SetImage(image.View);
    predictor.Predict(SamPrompt.At(image.Width / 2.0, image.Height / 2.0), prediction);
    using FileStream file = File.Create(Path.Combine(results, $"{name}.mask.png"));
    prediction.Masks[prediction.Best].WritePng(file);
    Console.WriteLine($"{name}: {prediction.Masks[prediction.Best].Area} pixels");
}

await reading;
return failed == 0 ? 0 : 1;

// What cannot be read is named and passed over; the rest is done.
async Task ReadAll()
{
    try
    {
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            try
            {
                await decoded.Writer.WriteAsync((Path.GetFileNameWithoutExtension(path), ImageFile.Load(path)));
            }
            catch (Exception error) when (error is ImageFormatException or IOException)
            {
                Console.Error.WriteLine(error.Message);
                failed++;
            }
        }
    }
    finally
    {
        decoded.Writer.Complete();
    }
}
