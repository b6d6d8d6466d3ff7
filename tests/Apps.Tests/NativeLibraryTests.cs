using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>The shared library, compiled for AVX2, as C programs use it.</summary>
public sealed class NativeLibraryTests(NativeLibraryTests.Library library) : IClassFixture<NativeLibraryTests.Library>
{
    private const int ValgrindFoundErrors = 99;

    [Fact]
    public void The_c_sample_finds_the_sun_as_the_library_does()
    {
        string mask = library.Folder.File("mask.pgm");
        string picture = TestFiles.WritePpm(library.Folder, "playground.png");

        Ran.Of(
            library.Compile("samples/c/segment.c"),
            [TestFiles.DemoModel, picture, TestFiles.Sun.X, TestFiles.Sun.Y, mask]).Succeeded();

        SamMask sun = TestFiles.SunMask();
        Assert.Equal(1, TestFiles.ReadPgm(mask, sun.Width, sun.Height).IntersectionOverUnion(sun));
    }

    [Fact]
    public void Whatever_a_caller_does_wrong_comes_back_as_a_status()
    {
        Ran ran = Ran.Of(library.Compile("tests/Apps.Tests/C/misuse.c", "-pthread"), [library.Tiny]);

        Assert.Empty(ran.Text);
        Assert.Empty(ran.Error);
        Assert.Equal(0, ran.ExitCode);
    }

    /// <summary>
    /// The library takes its memory with calloc, and the runtime it is linked with calls malloc alone, whose blocks it
    /// leaves behind at its end.
    /// </summary>
    [Fact]
    public void Under_valgrind_no_access_is_invalid_and_no_memory_of_ours_is_left()
    {
        Assert.SkipUnless(Ran.Has("valgrind"), "valgrind is not here");
        string picture = TestFiles.WritePpm(library.Folder, "playground_small.png");
        string program = library.Compile("samples/c/segment.c");

        Ran ran = Ran.Of(
            "valgrind",
            [
                $"--error-exitcode={ValgrindFoundErrors}", "--leak-check=full", "--show-leak-kinds=all",
                "--errors-for-leak-kinds=none", program, library.Tiny, picture, "50", "37", library.Folder.File("v.pgm"),
            ],
            environment: [("DOTNET_GCHeapHardLimit", "8000000")]);

        ran.Succeeded();
        Assert.Contains("ERROR SUMMARY: 0 errors", ran.Error, StringComparison.Ordinal);
        Assert.Contains("HEAP SUMMARY", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotMatch(@": calloc \(.*\n.*libsamnative\.so", ran.Error);
    }

    /// <summary>The library, made once.</summary>
    public sealed class Library : IDisposable
    {
        private readonly string bin;

        public Library()
        {
            Folder = new TemporaryFolder();
            bin = Folder.File("bin");
            Dotnet.PublishNative("src/Native", "x86-64-v3", bin);
            Assert.SkipUnless(Isa.Processor >= IsaLevel.Avx2, "this processor has no AVX2");

            // Valgrind cannot read the debugging information that clang writes.
            File.Delete(Path.Combine(bin, "libsamnative.so.dbg"));
            Tiny = TestFiles.WriteTinyModel(Folder);
        }

        public TemporaryFolder Folder { get; }

        public string Tiny { get; }

        /// <summary>Compiles a C program against the library, every warning an error.</summary>
        public string Compile(string source, params string[] options)
        {
            string program = Folder.File(Path.GetFileNameWithoutExtension(source));
            Ran.Of(
                Ran.Has("gcc") ? "gcc" : "clang",
                [
                    "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-O1", .. options, source, $"-I{bin}",
                    $"-L{bin}", "-lsamnative", $"-Wl,-rpath,{bin}", "-o", program,
                ]).Succeeded();
            return program;
        }

        public void Dispose() => Folder.Dispose();
    }
}
