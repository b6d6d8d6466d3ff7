using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using SamNative.Kernels;
using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>
/// Threads that call whatever there is on objects that they share, and dispose them at random. Nothing but the exceptions
/// that are promised may come of it, and no wrong answer.
/// </summary>
public sealed class MixedRounds : IDisposable
{
    /// <summary>How many rounds.</summary>
    public const string RoundsVariable = "SAMNATIVE_TEST_ROUNDS";

    /// <summary>What the C library fills freed memory with: then the rounds use that, not the heap of the tests.</summary>
    public const string PerturbationVariable = "MALLOC_PERTURB_";

    private const int Threads = 16;

    private static readonly ImageView[] pictures =
        [TestModels.Picture("playground_small").View, TestModels.Picture("tree_small").View];

    private static readonly AutomaticMaskOptions grid = new() { PointsPerSide = 2, PredIouThresh = 0, StabilityScoreThresh = 0 };

    private readonly ConcurrentQueue<string> wrong = new();
    private readonly float[][] embeddings = new float[2][];
    private readonly HashSet<string> answers = new(StringComparer.Ordinal);
    private readonly HashSet<string> everything = new(StringComparer.Ordinal);
    private Shared shared;
    private int done;

    public MixedRounds() => shared = new Shared();

    public void Dispose() => shared.Dispose();

    [Fact(Explicit = true)]
    public void Of_sixteen_threads()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable(RoundsVariable)!);
        if (Environment.GetEnvironmentVariable(PerturbationVariable) is null or "0")
        {
            NativeHeap.Current = new SealingHeap();
        }

        for (int i = 0; i < pictures.Length; i++)
        {
            embeddings[i] = [.. shared.Embeddings[i].Values];
            shared.Predictor.SetEmbedding(shared.Embeddings[i]);
            answers.Add(Text(shared.Predictor.Predict(SamPrompt.At(40, 40))));
            everything.Add(Text(shared.Generator.Generate(shared.Embeddings[i])));
        }

        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(seed => new Thread(() => Work(new Random(seed), rounds)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(wrong);
        Assert.True(done > rounds, $"only {done} of {Threads * rounds} calls came to a good end");
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever else is thrown is a find.")]
    private void Work(Random random, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            try
            {
                Call(random, Volatile.Read(ref shared));
                Interlocked.Increment(ref done);
            }
            catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
            {
                // Disposed by another thread, or in use by one: both are promised.
            }
            catch (Exception error)
            {
                wrong.Enqueue(error.ToString());
            }
        }
    }

    private void Call(Random random, Shared objects)
    {
        int which = random.Next(2);
        switch (random.Next(12))
        {
            case 0:
                objects.Predictor.SetImage(pictures[which]);
                break;
            case 1:
                objects.Predictor.SetEmbedding(objects.Embeddings[which]);
                break;
            case 2 or 3:
                Check(answers, Text(objects.Predictor.Predict(SamPrompt.At(40, 40))));
                break;
            case 4:
                objects.Predictor.Predict(SamPrompt.At(40, 40), objects.Prediction);
                break;
            case 5:
                byte[] pixels = new byte[400 * 400];
                objects.Prediction.CopyTo(0, pixels);
                break;
            case 6:
                objects.Model.Encode(pictures[which], objects.Destination);
                break;
            case 7:
                using (SamEmbedding own = objects.Model.Encode(pictures[which]))
                {
                    Check(own.Values.AsSpan().SequenceEqual(embeddings[which]), "an embedding");
                }

                break;
            case 8:
                using (MemoryStream file = new())
                {
                    objects.Destination.Save(file);
                    file.Position = 0;
                    using SamEmbedding saved = SamEmbedding.Load(file);
                    Check(embeddings.Any(values => saved.Values.AsSpan().SequenceEqual(values)), "a saved embedding");
                }

                break;
            case 9:
                Check(everything, Text(objects.Generator.Generate(objects.Embeddings[which])));
                break;
            case 10:
                objects.Model.TrimExcess();
                break;
            default:
                DisposeOne(random, objects);
                break;
        }
    }

    private void DisposeOne(Random random, Shared objects)
    {
        switch (random.Next(10))
        {
            case 0:
                objects.Model.Dispose();
                break;
            case 1 or 2 or 3:
                objects.Predictor.Dispose();
                break;
            case 4 or 5 or 6:
                objects.Generator.Dispose();
                break;
            case 7 or 8:
                objects.Destination.Dispose();
                break;
            default:
                objects.Embeddings[0].Dispose();
                break;
        }

        Shared next = new();
        if (Interlocked.CompareExchange(ref shared, next, objects) == objects)
        {
            objects.Dispose();
        }
        else
        {
            next.Dispose();
        }
    }

    private void Check(HashSet<string> expected, string actual) => Check(expected.Contains(actual), actual[..Math.Min(80, actual.Length)]);

    private void Check(bool right, string what)
    {
        if (!right)
        {
            wrong.Enqueue($"a wrong answer: {what}");
        }
    }

    private static string Text(SamPrediction prediction) => Convert.ToHexString(
        System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>([.. prediction.LogitValues, .. prediction.Scores]));

    private static string Text(IReadOnlyList<AutomaticMask> masks) =>
        string.Join('\n', masks.Select(mask => mask.Segmentation.ToCocoRle() + mask.PredictedIou));

    /// <summary>What all threads use.</summary>
    private sealed class Shared : IDisposable
    {
        public Shared()
        {
            Model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
            Predictor = Model.CreatePredictor();
            Generator = new AutomaticMaskGenerator(Model, grid);
            Embeddings = [Model.Encode(pictures[0]), Model.Encode(pictures[1])];
            Destination = Model.Encode(pictures[0]);
        }

        public SamModel Model { get; }

        public SamPredictor Predictor { get; }

        public SamPrediction Prediction { get; } = new();

        public AutomaticMaskGenerator Generator { get; }

        public SamEmbedding[] Embeddings { get; }

        public SamEmbedding Destination { get; }

        public void Dispose()
        {
            Model.Dispose();
            Predictor.Dispose();
            Generator.Dispose();
            Destination.Dispose();
            Array.ForEach(Embeddings, embedding => embedding.Dispose());
        }
    }
}
