using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SamNative.Kernels;

namespace SamNative.Native;

/// <summary>A point of a prompt as C lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NativePoint(double X, double Y, int Label, int Reserved);

/// <summary>The functions of samnative.h, which says what they do.</summary>
internal static unsafe class Exports
{
    private const int AbiVersion = 1;

    /// <summary>Far beyond any prompt: an array is made of so many, on the caller's word.</summary>
    private const int MaxPoints = 100_000;

    private const string Prefix = "samnative_";

    [UnmanagedCallersOnly(EntryPoint = Prefix + "abi_version", CallConvs = [typeof(CallConvCdecl)])]
    public static int GetAbiVersion() => AbiVersion;

    [UnmanagedCallersOnly(EntryPoint = Prefix + "isa", CallConvs = [typeof(CallConvCdecl)])]
    public static int GetIsa() => (int)Isa.Found;

    [UnmanagedCallersOnly(EntryPoint = Prefix + "load", CallConvs = [typeof(CallConvCdecl)])]
    public static int Load(byte* path, int threads, nint* model) => Guard.Run(() =>
    {
        Require(path, nameof(path));
        Require(model, nameof(model));
        *model = 0;
        *model = Handles.Add(SamModel.Load(Marshal.PtrToStringUTF8((nint)path)!, new SamOptions { Threads = threads }));
    });

    [UnmanagedCallersOnly(EntryPoint = Prefix + "encode", CallConvs = [typeof(CallConvCdecl)])]
    public static int Encode(nint model, byte* pixels, int width, int height, int stride, int format, nint* picture) =>
        Guard.Run(() =>
        {
            Require(pixels, nameof(pixels));
            Require(picture, nameof(picture));
            *picture = 0;
            PixelMemory memory = new(pixels, checked(stride * height));
            ImageView view = new(memory.Memory, width, height, stride, (PixelFormat)format);
            *picture = Handles.Add(new Picture(Handles.Get<SamModel>(model), view));
        });

    [UnmanagedCallersOnly(EntryPoint = Prefix + "predict", CallConvs = [typeof(CallConvCdecl)])]
    public static int Predict(
        nint picture, NativePoint* points, int count, SamBox* box, int multimask, byte* masks, float* scores) =>
        Guard.Run(() =>
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, SamPrompt.MaxPoints);
            if (count > 0)
            {
                Require(points, nameof(points));
            }

            Require(masks, nameof(masks));
            Require(scores, nameof(scores));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxPoints);
            SamPoint[] all = new SamPoint[count];
            for (int i = 0; i < count; i++)
            {
                all[i] = new SamPoint(points[i].X, points[i].Y, (PointLabel)points[i].Label);
            }

            SamPrompt prompt = new() { Points = all, Box = box == null ? null : *box };
            Handles.Get<Picture>(picture).Predict(prompt, multimask != 0, prediction =>
            {
                for (int i = 0; i < prediction.Masks.Count; i++)
                {
                    SamMask mask = prediction.Masks[i];
                    int pixels = mask.Width * mask.Height;
                    mask.ToBytes(new Span<byte>(masks + ((nint)i * pixels), pixels));
                    scores[i] = prediction.Scores[i];
                }
            });
        });

    [UnmanagedCallersOnly(EntryPoint = Prefix + "free_model", CallConvs = [typeof(CallConvCdecl)])]
    public static int FreeModel(nint model) => Guard.Run(() => Handles.Remove<SamModel>(model)?.Dispose());

    [UnmanagedCallersOnly(EntryPoint = Prefix + "free_picture", CallConvs = [typeof(CallConvCdecl)])]
    public static int FreePicture(nint picture) => Guard.Run(() => Handles.Remove<Picture>(picture)?.Dispose());

    [UnmanagedCallersOnly(EntryPoint = Prefix + "last_error", CallConvs = [typeof(CallConvCdecl)])]
    public static nuint LastError(byte* buffer, nuint capacity) =>
        Guard.CopyLastError(buffer == null ? [] : new Span<byte>(buffer, (int)Math.Min(capacity, int.MaxValue)));

    private static void Require(void* pointer, string name)
    {
        if (pointer == null)
        {
            throw new ArgumentException($"{name} is NULL.", name);
        }
    }
}
