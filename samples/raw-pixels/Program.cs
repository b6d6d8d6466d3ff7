// Pixels of another imaging library go in as they lie in memory, without a copy; the mask comes back as bytes for it.
// With ImageSharp: byte[] pixels = new byte[image.Width * image.Height * 4]; image.CopyPixelDataTo(pixels);
// new ImageView(pixels, image.Width, image.Height, PixelFormat.Rgba). With SkiaSharp: bitmap.Bytes and bitmap.RowBytes.
using System.Globalization;
using SamNative;
using SamNative.Samples.RawPixels;

if (args is not [string weights])
{
    Console.Error.WriteLine("usage: raw-pixels MODEL.safetensors");
    return 2;
}

Picture picture = new(256, 192);
ImageView view = new(picture.Bgra, picture.Width, picture.Height, picture.Stride, PixelFormat.Bgra);

using SamModel model = SamModel.Load(weights);
using SamPredictor predictor = model.CreatePredictor();
predictor.SetImage(view);
SamPrediction prediction = predictor.Predict(SamPrompt.At(Picture.SunX, Picture.SunY));

byte[] gray = prediction.Masks[prediction.Best].ToBytes();
int both = 0, either = 0;
for (int i = 0; i < gray.Length; i++)
{
    bool drawn = Picture.IsSun(i % picture.Width, i / picture.Width);
    both += drawn && gray[i] != 0 ? 1 : 0;
    either += drawn || gray[i] != 0 ? 1 : 0;
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(double)both / either:F3} of the sun found"));
return 0;
