using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace SamNative.Cli.Tests;

/// <summary>
/// The tests as a program: as xunit would make it, and with one more word, by which a test starts this file again as the
/// process it is going to kill.
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

        bool isPlatform = arguments.Any(argument => argument is "--server" or "--internal-msbuild-node");
        return isPlatform
            ? TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : ConsoleRunner.Run(arguments);
    }
}
