using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// Attention against a plain double-precision softmax, and its bits under every level and split of queries.
/// </summary>
public sealed unsafe class AttentionBlockTests
{
    /// <summary>
    /// The largest error for values up to 1, per size of the largest logit: a few roundings of a logit become a
    /// relative error of its probability.
    /// </summary>
    private const double Tolerance = 4 * Ulp.Unit;

    public static TheoryData<int, int, int, bool> Grids => new()
    {
        { 14, 14, 64, true },
        { 14, 14, 80, true },
        { 14, 14, 14, true },
        { 14, 14, 64, false },
        { 5, 5, 8, true },
        { 7, 7, 16, true },
        { 7, 7, 32, true },
        { 16, 16, 64, true },
        { 16, 16, 32, false },
        { 18, 18, 64, true },
        { 18, 18, 80, true },
        { 3, 20, 16, true },
        { 20, 3, 16, true },
        { 3, 130, 16, true },
        { 4, 300, 8, false },
        { 1, 1, 8, true },
        { 1, 5, 32, false },
        { 1, 300, 16, false },
        { 40, 7, 32, false },
    };

    [Theory]
    [MemberData(nameof(Grids))]
    public void Attention_is_exact_and_the_same_at_every_level_and_for_every_split(
        int height, int width, int headDim, bool relative)
    {
        AttentionProblem problem = new(height, width, headDim, relative);
        CheckExact(problem, problem.Rows(), headDim);
        CheckSplits(problem, problem.Rows(), new Random(height));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(80, true)]
    [InlineData(16, false)]
    public void Attention_over_the_whole_grid_of_ViT_B_is_exact(int headDim, bool relative)
    {
        AttentionProblem problem = new(64, 64, headDim, relative);
        QueryRun[] runs = [new(0, 0, 5), new(0, 63, 1), new(31, 13, 9), new(63, 57, 7)];
        CheckExact(problem, runs, headDim);
        CheckSplits(problem, runs, new Random(headDim));
    }

    [Fact]
    public void Sharp_logits_stay_exact()
    {
        AttentionProblem problem = new(14, 14, 64, relative: true, sharpness: 12f);
        CheckExact(problem, problem.Rows(), 64);
    }

    [Fact]
    public void A_block_can_be_used_again_for_another_head()
    {
        AttentionProblem[] problems =
        [
            new(14, 14, 64, relative: true), new(7, 7, 32, relative: false), new(1, 60, 16, relative: false),
            new(18, 18, 64, relative: true), new(5, 5, 8, relative: true), new(14, 14, 64, relative: false),
        ];
        foreach (IsaLevel level in Levels.Available)
        {
            KernelSet kernels = KernelTable.For(level);
            AttentionLimits limits = new(Queries: 100, HeadLanes: 64, KeyLanes: 64, Groups: 18);
            using NativeBuffer memory = new(limits.Floats(kernels));
            AttentionBlock block = new(kernels, limits, memory.Pointer);
            foreach (AttentionProblem problem in problems)
            {
                QueryRun[] runs = problem.Rows(5);
                Assert.Equal(problem.Attend(level, runs), problem.Attend(kernels, block, runs));
            }
        }
    }

    private static void CheckExact(AttentionProblem problem, QueryRun[] runs, int headDim)
    {
        float[] actual = problem.Attend(IsaLevel.Scalar, runs);
        int query = 0;
        foreach (QueryRun run in runs)
        {
            for (int q = 0; q < run.Count; q++, query++)
            {
                (double[] exact, double largestLogit) = problem.Exact(run.Row, run.Column + q);
                double tolerance = Tolerance * (2 + largestLogit);
                for (int d = 0; d < headDim; d++)
                {
                    Ulp.Near(exact[d], actual[(query * problem.HeadLanes) + d], tolerance, "attended", query);
                }
            }
        }
    }

    /// <summary>
    /// All queries in one block, a block for each run, and runs cut anywhere into blocks of any size.
    /// </summary>
    private static void CheckSplits(AttentionProblem problem, QueryRun[] runs, Random random)
    {
        float[] expected = problem.Attend(IsaLevel.Scalar, runs);
        foreach (IsaLevel level in Levels.Available)
        {
            Assert.Equal(expected, problem.Attend(level, runs));
            Assert.Equal(expected, problem.Attend(level, [.. runs.Select(run => (QueryRun[])[run])]));
            Assert.Equal(expected, problem.Attend(level, [.. Cut(runs, random).Chunk(3)]));
        }
    }

    private static IEnumerable<QueryRun> Cut(QueryRun[] runs, Random random)
    {
        foreach (QueryRun run in runs)
        {
            for (int done = 0, count; done < run.Count; done += count)
            {
                count = random.Next(1, Math.Min(12, run.Count - done) + 1);
                yield return new(run.Row, run.Column + done, count);
            }
        }
    }
}
