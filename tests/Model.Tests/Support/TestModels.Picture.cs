using SamNative.Imaging;
using SamNative.Tests.Support;

namespace SamNative.Model.Tests;

internal static partial class TestModels
{
    public static DecodedImage Picture(string name) => ImageFile.Load(ReferenceData.Find($"{name}.png"));
}
