using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SamNative.Weights;

/// <summary>A value of a tensor that is no number.</summary>
/// <param name="Index">Its flat position, the first of the tensor's.</param>
/// <param name="Value">NaN or an infinity; an F64 too large for F32 counts as one.</param>
public sealed record NonFiniteValue(long Index, float Value);

/// <summary>One tensor of a file that was verified.</summary>
/// <param name="Tensor">The file's entry.</param>
/// <param name="CanonicalName">The original's key; null where the model does not use the tensor.</param>
/// <param name="Sha256">
/// Of its values as little-endian float32 in C order, lower-case hexadecimal; null where they cannot be read, or not as
/// float.
/// </param>
/// <param name="NonFinite">Its first value that is no number; null where there is none.</param>
/// <param name="Unreadable">Why its values cannot be read, although the file says they are there; null where they can.</param>
public sealed record VerifiedTensor(
    TensorInfo Tensor, string? CanonicalName, string? Sha256, NonFiniteValue? NonFinite, string? Unreadable);

/// <summary>All that can be checked of a file of weights: every byte is read, everything wrong is collected.</summary>
public sealed class CheckpointVerification
{
    private const int ChunkFloats = TensorSource.ChunkBytes / sizeof(float);

    private CheckpointVerification(
        string sha256, ModelCheckpoint? checkpoint, CheckpointException? refusal, ImmutableArray<VerifiedTensor> tensors)
    {
        (Sha256, Checkpoint, Refusal, Tensors) = (sha256, checkpoint, refusal, tensors);
    }

    /// <summary>SHA-256 of the whole file, lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>The model in the file; null where it is none that could be loaded.</summary>
    public ModelCheckpoint? Checkpoint { get; }

    /// <summary>Why it could not be loaded, with every key that does not fit; null where it could.</summary>
    public CheckpointException? Refusal { get; }

    /// <summary>Every tensor of the file, in its order.</summary>
    public ImmutableArray<VerifiedTensor> Tensors { get; }

    /// <summary>Everything wrong, a line each; empty where the file is sound.</summary>
    public IEnumerable<string> Problems
    {
        get
        {
            if (Refusal is not null)
            {
                yield return Refusal.Summary;
                foreach (KeyProblem problem in Refusal.Problems)
                {
                    yield return problem.ToString();
                }
            }

            foreach (VerifiedTensor tensor in Tensors)
            {
                if (tensor.Unreadable is { } reason)
                {
                    yield return $"{Printable.Plain(tensor.Tensor.Name)} cannot be read. {reason}";
                }

                if (tensor.NonFinite is { } bad)
                {
                    yield return $"{Printable.Plain(tensor.Tensor.Name)} holds {bad.Value} at flat position {bad.Index}";
                }
            }
        }
    }

    /// <summary>Reads the whole file twice: as bytes, and tensor by tensor.</summary>
    /// <param name="source">The file.</param>
    /// <param name="progress">Told after every tensor which part of the values has been looked at, up to 1.</param>
    /// <param name="ignoreUnexpected">Whether tensors that the model has no place for are a note and no problem.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static CheckpointVerification Of(
        TensorSource source,
        IProgress<double>? progress = null,
        bool ignoreUnexpected = false,
        CancellationToken cancellation = default)
    {
        (ModelCheckpoint? checkpoint, CheckpointException? refusal) = ModelCheckpoint.TryOpen(source, ignoreUnexpected);
        string sha256 = source.ComputeSha256(cancellation);
        Dictionary<string, string> canonicalNames = new(StringComparer.Ordinal);
        foreach (LayoutTensor tensor in checkpoint?.Tensors ?? [])
        {
            canonicalNames[checkpoint!.Find(tensor.Name).Name] = tensor.Name;
        }

        ImmutableArray<VerifiedTensor>.Builder tensors = ImmutableArray.CreateBuilder<VerifiedTensor>();
        double total = Math.Max(1, source.Tensors.Sum(tensor => tensor.ByteLength));
        long done = 0;
        foreach (TensorInfo tensor in source.Tensors)
        {
            VerifiedTensor found = new(tensor, canonicalNames.GetValueOrDefault(tensor.Name), null, null, null);
            tensors.Add(tensor.Dtype.DecodesToFloat() ? Look(source, found, cancellation) : found);
            done += tensor.ByteLength;
            progress?.Report(done / total);
        }

        return new CheckpointVerification(sha256, checkpoint, refusal, tensors.ToImmutable());
    }

    private static VerifiedTensor Look(TensorSource source, VerifiedTensor tensor, CancellationToken cancellation)
    {
        try
        {
            return LookAtValues(source, tensor, cancellation);
        }
        catch (Exception error) when (error is SafetensorsException or PyTorchException or IOException)
        {
            return tensor with { Unreadable = error.Message };
        }
    }

    private static VerifiedTensor LookAtValues(
        TensorSource source, VerifiedTensor found, CancellationToken cancellation)
    {
        TensorInfo tensor = found.Tensor;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        NonFiniteValue? bad = null;
        float[] chunk = ArrayPool<float>.Shared.Rent(ChunkFloats);
        try
        {
            for (long first = 0; first < tensor.ElementCount; first += ChunkFloats)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<float> values = chunk.AsSpan(0, (int)Math.Min(ChunkFloats, tensor.ElementCount - first));
                source.ReadSlice(tensor, first, values, cancellation);
                hash.AppendData(MemoryMarshal.AsBytes(values));
                bad ??= FindNonFinite(values, first);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(chunk);
        }

        return found with { Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()), NonFinite = bad };
    }

    private static NonFiniteValue? FindNonFinite(ReadOnlySpan<float> values, long first)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return new NonFiniteValue(first + i, values[i]);
            }
        }

        return null;
    }
}
