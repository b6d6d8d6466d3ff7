using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace SamNative.Weights;

/// <summary>
/// A model in several files with an index. Only those are opened that hold tensors of a model we know: of a document model
/// the one or two with its visual tower, and not the language model.
/// </summary>
internal sealed class ShardedFile : TensorSource
{
    /// <summary>Our limit of files that are open at a time.</summary>
    private const int MaxOpen = 500;

    private readonly string indexName;
    private readonly string indexSha256;
    private readonly int shardCount;

    /// <summary>The open shards, in the order of their names.</summary>
    private readonly ImmutableArray<Shard> shards;

    private readonly Dictionary<string, TensorSource> shardOf = new(StringComparer.Ordinal);

    private ShardedFile(string name, string indexSha256, ShardIndex index, ImmutableArray<Shard> shards)
        : base(name, [.. shards.SelectMany(shard => shard.Tensors)], index.Metadata)
    {
        (indexName, this.indexSha256, this.shards) = (Path.GetFileName(name), indexSha256, shards);
        shardCount = index.ShardCount;
        UnopenedTensors = index.ShardOf.Count - Tensors.Length;
        foreach (Shard shard in shards)
        {
            foreach (TensorInfo tensor in shard.Tensors)
            {
                shardOf.Add(tensor.Name, shard.Source);
            }
        }

        int unlisted = shards.Sum(shard =>
            shard.Source.Tensors.Count(tensor => index.ShardOf.GetValueOrDefault(tensor.Name) != shard.Name));
        Notes =
        [
            .. shards.SelectMany(shard => shard.Source.Notes),
            .. unlisted > 0
                ? (IEnumerable<string>)[$"{unlisted} tensors of the shards are not there by the index, and are not used."]
                : [],
        ];
    }

    /// <inheritdoc/>
    public override string Format =>
        $"{string.Join(" and ", shards.Select(shard => shard.Source.Format).Distinct())}, "
        + $"{shards.Length} of {shardCount} shards opened";

    /// <inheritdoc/>
    public override int UnopenedTensors { get; }

    /// <inheritdoc/>
    public override ImmutableArray<string> Notes { get; }

    /// <summary>Opens the shards of an index that are needed.</summary>
    /// <param name="path">The index; the shards are beside it.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="families">Finds the names of a model, of which alone shards are opened.</param>
    /// <param name="ignoreChecksums">See <see cref="CheckpointFile.Open(string, bool)"/>.</param>
    /// <param name="cancellation">Ends the wait for a pipe.</param>
    /// <exception cref="CheckpointException">
    /// The index breaks a rule, or the shards are not there, not beside it, or do not hold what it says.
    /// </exception>
    /// <exception cref="SafetensorsException">A shard breaks a rule of the format.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ShardedFile Open(
        string path, ByteSource bytes, Func<KeyTable, KeyNaming?> families, bool ignoreChecksums,
        CancellationToken cancellation)
    {
        byte[] text = ReadAll(path, bytes);
        ShardIndex index = ShardIndex.Parse(text, path);
        ShardFolder folder = FolderOf(path);
        ILookup<string, string> wanted = Wanted(index, families, path).ToLookup(tensor => index.ShardOf[tensor], StringComparer.Ordinal);
        List<Shard> open = [];
        try
        {
            foreach ((string name, string real) in Find(folder, wanted, path))
            {
                TensorSource source = CheckpointFile.OpenShard(real, folder.NameOf(name), ignoreChecksums, cancellation);
                open.Add(new Shard(name, source, []));
                open[^1] = new Shard(name, source, Take(source, wanted[name], path));
            }

            return new ShardedFile(path, Convert.ToHexStringLower(SHA256.HashData(text)), index, [.. open]);
        }
        catch
        {
            open.ForEach(shard => shard.Source.Dispose());
            throw;
        }
    }

    /// <summary>The shards that an index names, needed or not.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static IEnumerable<string> ShardsOf(string path)
    {
        using ByteSource bytes = ByteSource.Of(path);
        ShardFolder folder = FolderOf(path);
        return [.. ShardIndex.Parse(ReadAll(path, bytes), path).ShardOf.Values.Distinct().Select(folder.NameOf)];
    }

    /// <summary>
    /// SHA-256 of what <c>sha256sum</c> prints for the index and then the open shards in the order of their names:
    /// <c>cd FOLDER; sha256sum INDEX SHARD… | sha256sum</c>.
    /// </summary>
    public override string ComputeSha256(CancellationToken cancellation = default)
    {
        ThrowIfDisposed();
        StringBuilder lines = new($"{indexSha256}  {indexName}\n");
        foreach (Shard shard in shards)
        {
            lines.Append(shard.Source.ComputeSha256(cancellation)).Append("  ").Append(shard.Name).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    /// <inheritdoc/>
    protected override void ReadCore(
        TensorInfo tensor, long start, Span<byte> destination, CancellationToken cancellation) =>
        shardOf[tensor.Name].ReadStored(tensor, start, destination, cancellation);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (Shard shard in shards)
            {
                shard.Source.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private static ShardFolder FolderOf(string path) =>
        new(Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".");

    /// <summary>The whole index. Of a pipe without end no more is read than an index may have.</summary>
    private static byte[] ReadAll(string path, ByteSource bytes)
    {
        if (bytes.Read(ShardIndex.MaxBytes, stackalloc byte[1]) > 0)
        {
            throw new CheckpointException(
                CheckpointError.InvalidIndex,
                $"{path} has more than {ShardIndex.MaxBytes} bytes, which no index of shards has: check what was given.");
        }

        byte[] text = new byte[bytes.Length];
        int there = bytes.Read(0, text);
        return there == text.Length ? text : text[..there];
    }

    /// <summary>The tensors that a model we know has a use for; all, where the names are of none.</summary>
    private static IEnumerable<string> Wanted(ShardIndex index, Func<KeyTable, KeyNaming?> families, string path)
    {
        KeyTable table = new(path, index.ShardOf.Keys);
        return families(table) is { } naming
            ? index.ShardOf.Keys.Where(tensor => !naming.IsOutside(KeyTable.KeyOf(tensor)))
            : index.ShardOf.Keys;
    }

    /// <summary>Where the shards are, in the order of their names; all that are missing are told at once.</summary>
    private static List<(string Name, string Real)> Find(ShardFolder folder, ILookup<string, string> wanted, string path)
    {
        List<(string Name, string Real)> found = [];
        List<string> missing = [];
        foreach (string name in wanted.Select(tensors => tensors.Key).Order(StringComparer.Ordinal))
        {
            if (folder.Find(name) is { } real)
            {
                found.Add((name, real));
            }
            else
            {
                missing.Add($"{Printable.Quote(name)} with {wanted[name].Count()} tensors of the model");
            }
        }

        if (missing.Count > 0)
        {
            throw new CheckpointException(
                CheckpointError.MissingShard,
                $"{path}: {missing.Count} of the {wanted.Count} shards that are needed are not beside the index: "
                + $"{Printable.List(missing, missing.Count)}. Fetch them, or copy them there.");
        }

        return found.Count <= MaxOpen
            ? found
            : throw new CheckpointException(
                CheckpointError.InvalidIndex,
                $"{path}: {found.Count} shards would have to be opened, more than {MaxOpen}. Save the model in fewer.");
    }

    /// <summary>The shard's entries for the tensors that the index says it has.</summary>
    private static ImmutableArray<TensorInfo> Take(TensorSource shard, IEnumerable<string> wanted, string path)
    {
        HashSet<string> names = new(wanted, StringComparer.Ordinal);
        ImmutableArray<TensorInfo> taken = [.. shard.Tensors.Where(tensor => names.Remove(tensor.Name))];
        return names.Count == 0
            ? taken
            : throw new CheckpointException(
                CheckpointError.ShardMismatch,
                $"{path} says that {shard.Name} holds tensors that it does not hold: "
                + $"{Printable.List(names.Select(Printable.Quote), names.Count)}. "
                + "Fetch the index and the shards again, all of one version.");
    }

    private sealed record Shard(string Name, TensorSource Source, ImmutableArray<TensorInfo> Tensors);
}
