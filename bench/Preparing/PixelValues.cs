using SamNative.Imaging;
using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>
/// The one input of all encoders: the sample picture, resized, normalised and padded as the original does, so that all
/// compute the same thing and none its preparation.
/// </summary>
internal static unsafe class PixelValues
{
    public const int Side = 1024;

    private static readonly float[] means = [123.675f, 116.28f, 103.53f];
    private static readonly float[] deviations = [58.395f, 57.12f, 57.375f];

    /// <summary>Writes them; gives the path.</summary>
    public static string Prepare()
    {
        string path = Path.Combine(Workspace.Cache, "playground.pixel_values");
        FloatFile.Write(path, Of(ImageFile.Load(Workspace.Picture).View));
        return path;
    }

    /// <summary>Writes a picture at another size, as PNG; gives the path.</summary>
    public static string Resize(string picture, ImageSize size)
    {
        string path = Path.Combine(
            Workspace.Cache, $"{Path.GetFileNameWithoutExtension(picture)}.{size.Width}x{size.Height}.png");
        ImageView view = new(
            Resize(ImageFile.Load(picture).View, size), size.Width, size.Height, 4 * size.Width, PixelFormat.Rgba);
        AtomicFile.Write(path, overwrite: true, stream => MaskRenderer.WriteOverlay(view, [], stream));
        return path;
    }

    /// <summary>[1, 3, Side, Side].</summary>
    private static float[] Of(ImageView picture)
    {
        ImageSize size = new ImageSize(picture.Height, picture.Width).FitInto(Side);
        byte[] resized = Resize(picture, size);
        float[] values = new float[3 * Side * Side];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int i = 0; i < size.Height * size.Width; i++)
            {
                (int y, int x) = Math.DivRem(i, size.Width);
                float value = (resized[(4 * i) + channel] - means[channel]) / deviations[channel];
                values[(((channel * Side) + y) * Side) + x] = value;
            }
        }

        return values;
    }

    /// <summary>Four bytes a pixel: red, green, blue, and one that says nothing.</summary>
    private static byte[] Resize(ImageView picture, ImageSize size)
    {
        byte[] resized = new byte[size.Height * size.Width * 4];
        using PictureResizer resizer = new(KernelTable.For(Isa.Default), workers: 1);
        using WorkerPool pool = new(1);
        fixed (byte* result = resized)
        {
            resizer.Run(
                pool, picture, Preprocessing.Sam.Place(new ImageSize(picture.Height, picture.Width), Side),
                Preprocessing.Sam.Filter, result, CancellationToken.None);
        }

        return resized;
    }
}
