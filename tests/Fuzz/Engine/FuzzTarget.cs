using System.Text;

namespace SamNative.Fuzz;

/// <summary>One reader of untrusted bytes: what it is fed with, and what it may do.</summary>
/// <param name="Name">The name on the command line and of the folder of its regressions.</param>
/// <param name="Seeds">Good files that mutations start from.</param>
/// <param name="Words">What its format is made of, for the mutator to place anywhere.</param>
/// <param name="Read">Reads one file to its end; throws where the file is refused or the result is wrong.</param>
/// <param name="Refusals">The exceptions that say that a file was refused; any other is a find.</param>
/// <param name="MaxBytes">The most managed memory that reading one file may allocate.</param>
internal sealed record FuzzTarget(
    string Name, byte[][] Seeds, string[] Words, Action<byte[]> Read, Type[] Refusals, long MaxBytes)
{
    /// <summary>Brings lengths and checksums of a mutation in order, so that what lies behind them is reached.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>A mutation of the seeds, the same for the same number.</summary>
    public byte[] Mutation(int number)
    {
        Random random = new(number);
        byte[] mutation = new Mutator(Seeds, Words, random).Next();
        return Repair is not null && random.Next(2) == 0 ? Repair(mutation) : mutation;
    }

    /// <summary>Text as bytes: the seeds of textual formats.</summary>
    public static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
