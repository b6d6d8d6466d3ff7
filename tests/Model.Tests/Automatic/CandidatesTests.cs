using Xunit;

namespace SamNative.Model.Tests.Automatic;

/// <summary>Candidates that come in any order: what is kept is what suppression of all of them keeps.</summary>
public sealed class CandidatesTests
{
    private const double Threshold = 0.5;

    private static readonly MaskRle pixels = MaskRle.FromCounts([0, 1], new ImageSize(1, 1));

    [Fact]
    public void A_candidate_that_is_suppressed_by_a_suppressed_one_comes_back()
    {
        Candidates candidates = new(Threshold);
        Candidate worst = At(0, 0, 0.1f), middle = At(1, 3, 0.2f), best = At(2, 6, 0.3f);
        Give(candidates, worst);
        Assert.NotNull(worst.Segmentation);
        Give(candidates, middle);
        Assert.Null(worst.Segmentation);
        Give(candidates, best);
        Assert.Null(middle.Segmentation);
        Assert.Equal([best, worst], candidates.Keep(default));
        Assert.Null(worst.Segmentation);
    }

    [Fact]
    public void Of_equal_scores_the_first_of_the_order_wins_whichever_comes_first()
    {
        foreach (bool reverse in (bool[])[false, true])
        {
            Candidates candidates = new(Threshold);
            Candidate first = At(0, 0, 0.5f), second = At(1, 1, 0.5f);
            Give(candidates, reverse ? second : first);
            Give(candidates, reverse ? first : second);
            Assert.Equal([first], candidates.Keep(default));
            Assert.NotNull(first.Segmentation);
            Assert.Null(second.Segmentation);
        }
    }

    [Fact]
    public void In_any_order_the_same_are_kept_and_few_hold_pixels()
    {
        Random random = new(5);
        for (int round = 0; round < 200; round++)
        {
            Candidate[] all = [.. Enumerable.Range(0, 40).Select(i => At(i, random.Next(60), random.Next(12) / 12f))];
            int[] expected = [.. BoxSuppression.Keep(
                [.. all.Select(one => Corners.Of(one.Bounds))], [.. all.Select(one => one.PredictedIou)], Threshold, default)];
            Candidate[] shuffled = [.. all];
            random.Shuffle(shuffled);
            Candidates candidates = new(Threshold);
            foreach (Candidate candidate in shuffled)
            {
                Give(candidates, candidate);
            }

            Assert.Equal(expected, candidates.Keep(default).Select(candidate => candidate.Order));
            Candidate[] holding = [.. all.Where(candidate => candidate.Segmentation is not null)];
            Assert.NotEmpty(holding);
            Assert.All(holding, one => Assert.All(holding, other => Assert.True(
                one == other || BoxSuppression.Overlap(Corners.Of(one.Bounds), Corners.Of(other.Bounds)) <= Threshold)));
        }
    }

    [Fact]
    public void More_bytes_than_are_allowed_end_the_search_and_those_that_went_do_not_count()
    {
        long one = AutomaticMask.BytesOf(pixels);
        Candidates candidates = new(Threshold, maxBytes: 3 * one, bytes: one);
        Give(candidates, At(0, 0, 0.1f));
        Give(candidates, At(1, 3, 0.2f));
        Candidate bare = At(2, 3, 0.15f);
        Give(candidates, bare);
        Give(candidates, At(3, 30, 0.1f));
        Assert.Throws<MaskLimitException>(() => candidates.Complete(bare, pixels));
        Assert.Throws<MaskLimitException>(() => Give(candidates, At(4, 60, 0.1f)));
    }

    /// <summary>Ten pixels wide: two that are three apart overlap by more than half, six apart they do not.</summary>
    private static Candidate At(int order, int x, float score) => new()
    {
        Order = order,
        Point = default,
        Mask = 0,
        Bounds = new MaskBounds(x, 0, 10, 1),
        PredictedIou = score,
        StabilityScore = 1,
    };

    private static void Give(Candidates candidates, Candidate candidate)
    {
        candidate.Segmentation = candidates.Leads(candidate) ? pixels : null;
        candidates.Add(candidate);
    }
}
