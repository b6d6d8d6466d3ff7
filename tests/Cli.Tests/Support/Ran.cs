using System.Text;
using System.Text.Json;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>How a run of the program ended, and what it said.</summary>
internal sealed record Ran(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>The JSON on stdout, after a run that must have succeeded.</summary>
    public JsonElement Json
    {
        get
        {
            Succeeded();
            using JsonDocument document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Fails with what the program said where it did not end well.</summary>
    public Ran Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
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
