using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>How a file spells the keys of a visual tower.</summary>
/// <param name="home">Where the model keeps it.</param>
/// <param name="wrapper">In front of all its names in this file.</param>
internal sealed class TowerNaming(TowerHome home, string wrapper) : KeyNaming
{
    /// <summary>Our names of the convolutions behind the encoder: those of Vary, in whose files they stand.</summary>
    public static readonly ImmutableArray<string> Convolutions = ["net_2.weight", "net_3.weight"];

    /// <summary>Our name of the second path's neck: that of DeepSeek-VL.</summary>
    public const string SecondNeck = "neck_hd";

    /// <summary>Our name of the number that the second path is multiplied by.</summary>
    public const string Alpha = "alpha";

    /// <summary>Where the model keeps it.</summary>
    public TowerHome Home => home;

    /// <inheritdoc/>
    public override string EncoderPrefix => wrapper + home.Encoder;

    /// <inheritdoc/>
    public override bool IsKnown => true;

    /// <inheritdoc/>
    public override string Spelling => this switch
    {
        { Home.HuggingFace: true } => "Hugging Face",
        { Home.Kind: TowerKind.Other } => "the original SAM",
        _ => "its own authors",
    };

    /// <summary>The names as a model's own files have them.</summary>
    public static TowerNaming Of(TowerHome home) => new(home, home.Wrapper);

    /// <summary>The ways to read an encoder with that prefix as a tower, the most particular first.</summary>
    public static IEnumerable<TowerNaming> Candidates(string prefix, bool huggingFace)
    {
        foreach (TowerHome home in TowerHome.All.Where(home => home.HuggingFace == huggingFace))
        {
            if (prefix.EndsWith(home.Encoder, StringComparison.Ordinal))
            {
                string wrapper = prefix[..^home.Encoder.Length];
                if (WrapperOf(wrapper) == wrapper
                    && (!home.NeedsWrapper || wrapper.EndsWith(home.Wrapper, StringComparison.Ordinal)))
                {
                    yield return new TowerNaming(home, wrapper);
                }
            }
        }

        if (huggingFace)
        {
            yield break;
        }

        string known = WrapperOf(prefix);
        if (prefix == known + VitNames.Encoder)
        {
            yield return new TowerNaming(TowerHome.Converted, known);
        }
        else if (prefix == known || IsHome(prefix[known.Length..]))
        {
            yield return new TowerNaming(TowerHome.Other(prefix[known.Length..]), known);
        }
    }

    /// <summary>Whether a model is known that keeps its encoder there, whatever the wrapper.</summary>
    public static bool IsHome(string encoder) => TowerHome.All.Any(home => home.Encoder == encoder);

    /// <summary>Whether a key is of what any model has behind its encoder.</summary>
    public static bool IsBehindEncoder(string key, string wrapper, string encoderPrefix) =>
        key.StartsWith(wrapper, StringComparison.Ordinal)
        && TowerHome.All.Add(TowerHome.Converted).Add(TowerHome.Other(encoderPrefix[wrapper.Length..]))
            .Any(home => home.IsBehindEncoder(key[wrapper.Length..]));

    /// <inheritdoc/>
    public override ImmutableArray<string> NamesInFile(string canonical) => [NameInFile(canonical)];

    /// <inheritdoc/>
    public override bool IsOutside(string key)
    {
        string name = key.StartsWith(wrapper, StringComparison.Ordinal) ? key[wrapper.Length..] : key;
        return ReferenceEquals(home, TowerHome.Converted)
            ? name.StartsWith(SamLayout.PromptPrefix, StringComparison.Ordinal)
                || name.StartsWith(SamLayout.DecoderPrefix, StringComparison.Ordinal)
            : !key.StartsWith(EncoderPrefix, StringComparison.Ordinal) && !home.IsBehindEncoder(name);
    }

    /// <inheritdoc/>
    public override string? NoteOn(string key) => null;

    /// <summary>The number of encoder blocks.</summary>
    public int CountBlocks(KeyTable table) => VitNames.CountBlocks(table, EncoderPrefix, home.HuggingFace);

    /// <summary>Whether a file has anything of what is behind the encoder.</summary>
    public bool HasConvolution(KeyTable table) =>
        home.Convolutions.Any(name => table.TryGet(wrapper + name, out _));

    /// <summary>Whether a file has anything of the second path.</summary>
    public bool HasSecondPath(KeyTable table) => home.SecondNeck is not null
        && (table.TryGet(wrapper + home.Alpha, out _)
            || table.Keys.Any(key => key.StartsWith($"{wrapper}{home.SecondNeck}.", StringComparison.Ordinal)));

    private string NameInFile(string canonical)
    {
        if (canonical.StartsWith(VitNames.Encoder, StringComparison.Ordinal))
        {
            return EncoderPrefix + Spell(canonical[VitNames.Encoder.Length..]);
        }

        int convolution = Convolutions.IndexOf(canonical);
        if (convolution >= 0 && convolution < home.Convolutions.Length)
        {
            return wrapper + home.Convolutions[convolution];
        }

        if (canonical == Alpha && home.Alpha is not null)
        {
            return wrapper + home.Alpha;
        }

        // Hugging Face renames the layers of a neck, but not what that neck is called.
        return home.SecondNeck is not null && canonical.StartsWith($"{SecondNeck}.", StringComparison.Ordinal)
            ? $"{wrapper}{home.SecondNeck}{Spell("neck" + canonical[SecondNeck.Length..])["neck".Length..]}"
            : wrapper + canonical;
    }

    private string Spell(string key) => home.HuggingFace ? VitNames.ToHuggingFace(key) : key;
}
