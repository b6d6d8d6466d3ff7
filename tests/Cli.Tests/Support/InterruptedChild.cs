using SamNative.Tests.Support;

namespace SamNative.Cli.Tests;

/// <summary>A process that starts the program as tests do, and presses its Ctrl-C.</summary>
internal static class InterruptedChild
{
    /// <summary>The first argument that makes the tests be this process.</summary>
    public const string Word = "interrupted-child";

    /// <summary>What it does.</summary>
    /// <returns>What the program returned.</returns>
    public static int Run()
    {
        using WorkFolder folder = new();
        using RunningProgram run = Samnative.Start(folder, [], [], "serve", "-m", "demo", "--port", "0");
        run.WaitUntil(() => run.TextSoFar.EndsWith('\n'));
        run.PressControlC();
        return run.End().ExitCode;
    }
}
