using System.Globalization;

namespace SamNative.Bench;

/// <summary>What can be held by a process of its own.</summary>
internal enum EngineKind
{
    /// <summary>Our encoder.</summary>
    OurEncoder,

    /// <summary>The same without Strassen's algorithm.</summary>
    OurPlainEncoder,

    /// <summary>ONNX Runtime with the original's encoder.</summary>
    OrtEncoder,

    /// <summary>Our matrix product as the encoder does it, on every shape of <see cref="ProductShape.All"/>.</summary>
    OurProducts,

    /// <summary>The same without Strassen's algorithm.</summary>
    OurPlainProducts,

    /// <summary>ONNX Runtime's MatMul on the same.</summary>
    OrtProducts,

    /// <summary>Our automatic masks.</summary>
    OurMasks,
}

/// <summary>What an engine's process has to be told: its command line.</summary>
/// <param name="Model">Our checkpoint, or the peer's graph; empty for products.</param>
/// <param name="Input">The file of pixel values, or of the picture; empty for products.</param>
internal sealed record EngineArguments(EngineKind Kind, int Threads, string Model = "", string Input = "")
{
    public string[] ToArguments() =>
        [Kind.ToString(), Threads.ToString(CultureInfo.InvariantCulture), Model, Input];

    /// <summary>Reads what <see cref="ToArguments"/> gave; null where it is something else.</summary>
    public static EngineArguments? Parse(ReadOnlySpan<string> arguments) =>
        arguments is [var kind, var threads, var model, var input]
        && Enum.TryParse(kind, out EngineKind engine)
        && int.TryParse(threads, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? new EngineArguments(engine, count, model, input)
            : null;

    public IEngine Create() => Kind switch
    {
        EngineKind.OurEncoder => new OurEncoder(Model, Input, Threads, plain: false),
        EngineKind.OurPlainEncoder => new OurEncoder(Model, Input, Threads, plain: true),
        EngineKind.OrtEncoder => new OrtEncoder(Model, Input, Threads),
        EngineKind.OurProducts => new OurProducts(Threads, plain: false),
        EngineKind.OurPlainProducts => new OurProducts(Threads, plain: true),
        EngineKind.OrtProducts => new OrtProducts(Threads),
        EngineKind.OurMasks => new OurMasks(Model, Input, Threads),
        _ => throw new BenchFailedException($"there is no engine {Kind}."),
    };
}
