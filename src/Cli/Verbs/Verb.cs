using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Something a verb cannot do, said in one sentence with the cure.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It never leaves the program.")]
internal sealed class CommandFailedException(string message) : Exception(message);

/// <summary>One verb of the program: its options, what it does, and how what goes wrong becomes an exit code.</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description)
        : base(name, description)
    {
        // On a thread of its own, so that Ctrl-C ends the program even while a verb does not look at its token.
        SetAction((parsed, cancellation) => Task.Run(() => Guarded(parsed, cancellation), CancellationToken.None));
    }

    /// <summary>Does it, with a command line that has been found right.</summary>
    protected abstract void Run(ParseResult parsed, CancellationToken cancellation);

    [SuppressMessage("Design", "CA1031", Justification = "This is where every exception ends.")]
    private int Guarded(ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            Run(parsed, cancellation);
            return ExitCodes.Ok;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Log.Line("cancelled.");
            return ExitCodes.Cancelled;
        }
        catch (Exception error) when (IsExplained(error))
        {
            Log.Line(Sentence(error));
            return ExitCodes.Failed;
        }
        catch (Exception error)
        {
            Log.Line($"this should not happen, please report it: {error}");
            return ExitCodes.Failed;
        }
    }

    /// <summary>Whether the message alone tells the user what is wrong; anything else is a mistake of ours.</summary>
    public static bool IsExplained(Exception error) =>
        error is CommandFailedException or ImageFormatException or EmbeddingException or SafetensorsException
            or PyTorchException or CheckpointException or MaskFormatException or IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException or NonFiniteException or OverflowException or OutOfMemoryException;

    /// <summary>The message without the name of the parameter it was thrown for.</summary>
    public static string Sentence(Exception error) =>
        error is ArgumentException { ParamName: string name }
            ? error.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
            : error.Message;
}
