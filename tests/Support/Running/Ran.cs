using System.ComponentModel;
using System.Text;
using System.Text.Json;
using Xunit;

namespace SamNative.Tests.Support;

/// <summary>How a run of a program ended, and what it said.</summary>
public sealed record Ran(string Program, int ExitCode, ReadOnlyMemory<byte> Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output.Span);

    /// <summary>The JSON on stdout, after a run that must have succeeded.</summary>
    public JsonElement Json
    {
        get
        {
            Succeeded();
            return JsonElement.Parse(Output.Span);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <inheritdoc cref="RunningProgram.Start"/>
    public static Ran Of(
        string program, IEnumerable<string> arguments, string? folder = null,
        IEnumerable<(string Name, string? Value)>? environment = null, ReadOnlySpan<byte> input = default)
    {
        using RunningProgram run = RunningProgram.Start(program, arguments, folder, environment, input);
        return run.End();
    }

    /// <summary>Whether a program can be started at all.</summary>
    public static bool Has(string program)
    {
        try
        {
            return Of(program, ["--version"]).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Fails with what the program said where it did not end well.</summary>
    public Ran Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Program} ended with {ExitCode}\n{Text}\n{Error}");
        return this;
    }

    /// <summary>Asserts one sentence on stderr, nothing on stdout, and no trace of the code.</summary>
    public void Failed(int exitCode, string saying)
    {
        Assert.Contains(saying, Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, ExitCode);
        Assert.Empty(Text);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", Error, StringComparison.Ordinal);
    }
}
