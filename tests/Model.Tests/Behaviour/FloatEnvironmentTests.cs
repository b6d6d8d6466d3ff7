using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>A host that changed how its thread computes is refused, before it gets other bytes than everybody else.</summary>
public sealed class FloatEnvironmentTests
{
    public static TheoryData<uint, string> Changes => new()
    {
        { FloatControl.FlushToZero, "subnormal" },
        { FloatControl.DenormalsAreZero, "subnormal" },
        { FloatControl.FlushToZero | FloatControl.DenormalsAreZero, "subnormal" },
        { FloatControl.RoundDown, "nearest" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_thread_with_other_arithmetic_is_refused_at_load_and_by_every_later_call(uint bits, string reason)
    {
        Refused(() => TestModels.Load("tiny").Dispose());

        using SamModel model = TestModels.Load("tiny");
        using SamEmbedding embedding = model.Encode(TestModels.Picture("playground_small").View);
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetEmbedding(embedding);
        Refused(() => model.Encode(TestModels.Picture("playground_small").View));
        Refused(() => predictor.Predict(SamPrompt.At(10, 10)));

        predictor.Predict(SamPrompt.At(10, 10));

        void Refused(Action action)
        {
            Exception? thrown = FloatControl.Record(bits, action);
            Assert.Contains(reason, Assert.IsType<NotSupportedException>(thrown).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_thread_as_the_runtime_made_it_is_accepted() =>
        Assert.Null(FloatControl.Record(0, () => TestModels.Load("tiny").Dispose()));
}
