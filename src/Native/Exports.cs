using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SamNative.Kernels;

namespace SamNative.Native;

/// <summary>A point of a prompt as C lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NativePoint(double X, double Y, int Label, int Reserved);

/// <summary>
/// The functions of samnative.h, which says what they do. All that can throw is inside a try: an exception that reaches C
/// ends the process, and even a closure made outside can be the one for which there is no memory.
/// </summary>
[SuppressMessage("Design", "CA1031", Justification = "No exception may cross into C.")]
internal static unsafe class Exports
{
    private const int AbiVersion = 1;
    private const string Prefix = "samnative_";

    [UnmanagedCallersOnly(EntryPoint = Prefix + "abi_version", CallConvs = [typeof(CallConvCdecl)])]
    public static int GetAbiVersion() => AbiVersion;

    [UnmanagedCallersOnly(EntryPoint = Prefix + "isa", CallConvs = [typeof(CallConvCdecl)])]
    public static int GetIsa()
    {
        try
        {
            return (int)Isa.Found;
        }
        catch (Exception)
        {
            return (int)IsaLevel.Scalar;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = Prefix + "load", CallConvs = [typeof(CallConvCdecl)])]
    public static int Load(byte* path, int threads, nint* model)
    {
        try
        {
            Require(model, nameof(model));
            *model = 0;
            Require(path, nameof(path));
            string file = Marshal.PtrToStringUTF8((nint)path)!;
            *model = Handles.Add(SamModel.Load(file, new SamOptions { Threads = threads }));
            return (int)Status.Ok;
        }
        catch (Exception error)
        {
            return Guard.Fail(error);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = Prefix + "encode", CallConvs = [typeof(CallConvCdecl)])]
    public static int Encode(nint model, byte* pixels, int width, int height, int stride, int format, nint* picture)
    {
        try
        {
            Require(picture, nameof(picture));
            *picture = 0;
            Require(pixels, nameof(pixels));

            // The memory is as long as the caller says; what that is too short for is found by the view.
            PixelMemory memory = new(pixels, (int)Math.Clamp((long)stride * height, 0, int.MaxValue));
            ImageView view = new(memory.Memory, width, height, stride, (PixelFormat)format);
            *picture = Handles.Add(new Picture(Handles.Get<SamModel>(model), view));
            return (int)Status.Ok;
        }
        catch (Exception error)
        {
            return Guard.Fail(error);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = Prefix + "predict", CallConvs = [typeof(CallConvCdecl)])]
    public static int Predict(
        nint picture, NativePoint* points, int count, SamBox* box, int multimask, byte* masks, float* scores)
    {
        try
        {
            Require(masks, nameof(masks));
            Require(scores, nameof(scores));
            SamPrompt prompt = new() { Points = PointsOf(points, count), Box = box == null ? null : *box };
            Picture asked = Handles.Get<Picture>(picture);
            asked.Predict(prompt, multimask != 0, prediction => Copy(prediction, asked.Pixels, masks, scores));
            return (int)Status.Ok;
        }
        catch (Exception error)
        {
            return Guard.Fail(error);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = Prefix + "free_model", CallConvs = [typeof(CallConvCdecl)])]
    public static int FreeModel(nint model) => Free<SamModel>(model);

    [UnmanagedCallersOnly(EntryPoint = Prefix + "free_picture", CallConvs = [typeof(CallConvCdecl)])]
    public static int FreePicture(nint picture) => Free<Picture>(picture);

    [UnmanagedCallersOnly(EntryPoint = Prefix + "last_error", CallConvs = [typeof(CallConvCdecl)])]
    public static nuint LastError(byte* buffer, nuint capacity)
    {
        try
        {
            return Guard.CopyLastError(buffer == null ? [] : new Span<byte>(buffer, (int)Math.Min(capacity, int.MaxValue)));
        }
        catch (Exception)
        {
            return 0;
        }
    }

    private static int Free<T>(nint handle)
        where T : class, IDisposable
    {
        try
        {
            Handles.Remove<T>(handle)?.Dispose();
            return (int)Status.Ok;
        }
        catch (Exception error)
        {
            return Guard.Fail(error);
        }
    }

    private static SamPoint[] PointsOf(NativePoint* points, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, SamPrompt.MaxPoints);
        if (count > 0)
        {
            Require(points, nameof(points));
        }

        SamPoint[] all = new SamPoint[count];
        for (int i = 0; i < count; i++)
        {
            all[i] = new SamPoint(points[i].X, points[i].Y, (PointLabel)points[i].Label);
        }

        return all;
    }

    private static void Copy(SamPrediction prediction, int pixels, byte* masks, float* scores)
    {
        prediction.Scores.CopyTo(new Span<float>(scores, prediction.Count));
        for (int i = 0; i < prediction.Count; i++)
        {
            prediction.CopyTo(i, new Span<byte>(masks + ((nint)i * pixels), pixels));
        }
    }

    private static void Require(void* pointer, string name)
    {
        if (pointer == null)
        {
            throw new ArgumentException($"{name} is NULL.", name);
        }
    }
}
