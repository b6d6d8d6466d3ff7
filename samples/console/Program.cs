using SamNative;
using SamNative.Imaging;

DecodedImage picture = ImageFile.Load("samples/pictures/playground.png");
using SamModel model = SamModel.Load("samples/demo/demo.safetensors");
using SamPredictor predictor = model.CreatePredictor();
predictor.SetImage(picture.View);                                  // encodes: once per picture
SamPrediction prediction = predictor.Predict(SamPrompt.At(830, 105));   // answers: once per click
SamMask sun = prediction.Masks[prediction.Best];
Console.WriteLine($"score {prediction.Scores[prediction.Best]:F3}, {sun.Area} pixels, {sun.Bounds}");
