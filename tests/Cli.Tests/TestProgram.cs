using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace SamNative.Cli.Tests;

/// <summary>
/// The tests as a program: as xunit would make it, and with two more words, by which a test starts this file again as the
/// process it is going to kill, or as tests that a script has started.
/// </summary>
internal static class TestProgram
{
    private static Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case [DownloadChild.Word, .. string[] rest]:
                return DownloadChild.Run(rest);
            case [WritingChild.Word, .. string[] rest]:
                WritingChild.Run(rest);
                return Task.FromResult(0);
        }

        if (arguments is [InterruptedChild.Word])
        {
            return Task.FromResult(InterruptedChild.Run());
        }

        bool isPlatform = arguments.Any(argument => argument is "--server" or "--internal-msbuild-node");
        return isPlatform
            ? TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : ConsoleRunner.Run(arguments);
    }
}
