using System.Diagnostics;
using System.Runtime.CompilerServices;
using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>
/// Whatever owns native memory can be disposed under a running call: nothing that was freed is touched, the call ends well
/// or with <see cref="ObjectDisposedException"/>, and the last user frees.
/// </summary>
public sealed class DisposeTests
{
    public static TheoryData<string> Owners => [.. DisposeRounds.Owners.Keys];

    [Theory]
    [MemberData(nameof(Owners))]
    public void Under_a_running_call(string owner) => Child.Run(
        $"{typeof(DisposeRounds).FullName}.{nameof(DisposeRounds.Of_one_owner)}",
        (DisposeRounds.OwnerVariable, owner), (DisposeRounds.RoundsVariable, Child.Long ? "500" : "100"));

    [Theory]
    [InlineData("0")]
    [InlineData("85")]
    public void In_the_middle_of_everything(string perturbation) => Child.Run(
        $"{typeof(MixedRounds).FullName}.{nameof(MixedRounds.Of_sixteen_threads)}",
        (MixedRounds.RoundsVariable, Child.Long ? "1000" : "20"), (MixedRounds.PerturbationVariable, perturbation), ("DOTNET_gcServer", "0"));

    [Fact]
    public void Forgotten_models_leave_neither_memory_nor_threads()
    {
        Collect();
        long bytes = NativeBuffer.LiveBytes;
        WeakReference[] forgotten = [.. Enumerable.Range(0, 5).Select(_ => Forget())];

        Stopwatch waited = Stopwatch.StartNew();
        while (forgotten.Any(thread => thread.IsAlive) || NativeBuffer.LiveBytes > bytes)
        {
            Assert.True(waited.Elapsed < Waiting.Bound, "forgotten models stay");
            Collect();
            Thread.Sleep(10);
        }
    }

    [Fact]
    public void A_model_that_could_not_be_loaded_is_finalized_without_a_word()
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.Throws<OutOfMemoryException>(FailToLoad);
        }

        Collect();
    }

    private static void FailToLoad()
    {
        using FailingHeap heap = new(20);
        TestModels.Load("tiny", new SamOptions { Threads = 4 }).Dispose();
    }

    /// <summary>Uses a model and forgets it.</summary>
    /// <returns>Its pool, which its threads keep alive until they end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Forget()
    {
        SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 4 });
        SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(TestModels.Picture("playground_small").View);
        predictor.Predict(SamPrompt.At(40, 40));
        return new WeakReference(model.Pool);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
