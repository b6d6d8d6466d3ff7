using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Xunit;

namespace SamNative.Tests.Support;

/// <summary>Sets MXCSR, as a native host may have done before it calls, by eight bytes of machine code.</summary>
public static unsafe partial class FloatControl
{
    /// <summary>Round to nearest, every exception masked, subnormal numbers kept: what the runtime expects.</summary>
    public const uint Default = 0x1F80;

    /// <summary>Subnormal operands are taken for zero.</summary>
    public const uint DenormalsAreZero = 1 << 6;

    /// <summary>Subnormal results become zero.</summary>
    public const uint FlushToZero = 1 << 15;

    /// <summary>Rounds towards minus infinity.</summary>
    public const uint RoundDown = 1 << 13;

    private const int ReadWriteExecute = 1 | 2 | 4;
    private const int PrivateAnonymous = 0x22;

    /// <summary>Runs something on a thread of its own whose MXCSR has further bits set; skips where that is not known.</summary>
    /// <returns>What it threw, or null.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it throws is what is asked for.")]
    public static Exception? Record(uint bits, Action action)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "the machine code that sets MXCSR is for Linux on x64");
        delegate* unmanaged<uint*, void> load = Loader();
        Exception? thrown = null;
        Thread thread = new(() =>
        {
            uint control = Default | bits;
            load(&control);
            try
            {
                action();
            }
            catch (Exception exception)
            {
                thrown = exception;
            }
            finally
            {
                control = Default;
                load(&control);
            }
        });
        thread.Start();
        thread.Join();
        return thrown;
    }

    private static delegate* unmanaged<uint*, void> Loader()
    {
        // ldmxcsr [rdi]; ret
        ReadOnlySpan<byte> code = [0x0F, 0xAE, 0x17, 0xC3];
        byte* page = MemoryMap(null, (nuint)code.Length, ReadWriteExecute, PrivateAnonymous, -1, 0);
        Assert.SkipWhen(page == (byte*)-1, "this system lets no process write its own machine code");
        code.CopyTo(new Span<byte>(page, code.Length));
        return (delegate* unmanaged<uint*, void>)page;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* MemoryMap(
        byte* address, nuint length, int protection, int flags, int file, nint offset);
}
