// A service of one's own: POST a picture to /mask?x=830&y=105 and get the mask as PNG. The model is shared by all requests,
// a predictor belongs to one; below /page is the page of SamNative.Web, with an API that keeps pictures encoded.
using SamNative;
using SamNative.Imaging;
using SamNative.Web;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
using SamModel model = SamModel.Load(builder.Configuration["model"] ?? "samples/demo/demo.safetensors");
builder.Services.AddSamNative(model);
WebApplication app = builder.Build();
app.MapSamNative("/page");

// An encode takes all cores: more at a time only makes everybody wait longer.
using SemaphoreSlim one = new(1);
app.MapPost("/mask", async (HttpRequest request, double x, double y) =>
{
    using MemoryStream body = new();
    await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
    await one.WaitAsync(request.HttpContext.RequestAborted);
    try
    {
        DecodedImage picture = ImageFile.Load(body.GetBuffer().AsSpan(0, (int)body.Length));
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(picture.View, cancellationToken: request.HttpContext.RequestAborted);
        SamPrediction prediction = predictor.Predict(SamPrompt.At(x, y));
        using MemoryStream png = new();
        prediction.Masks[prediction.Best].WritePng(png);
        return Results.Bytes(png.ToArray(), "image/png");
    }
    catch (Exception error) when (error is ImageFormatException or ArgumentException)
    {
        return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
    }
    finally
    {
        one.Release();
    }
});

app.Run();
