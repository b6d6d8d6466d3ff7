using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// Every row of the kernel table against the scalar row of its operation and a double-precision oracle.
/// </summary>
[Trait("Lane", "quick")]
public sealed class KernelTableTests
{
    public static TheoryData<string> Names => [.. Levels.Rows.Select(row => row.Name)];

    public static TheoryData<IsaLevel> AvailableLevels => [.. Levels.Available];

    public static TheoryData<IsaLevel> AllLevels => [.. Enum.GetValues<IsaLevel>()];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_kernel_gives_the_scalar_kernels_bits_and_stays_inside_its_buffers(string name)
    {
        KernelRow kernel = Levels.Rows.Single(row => row.Name == name);
        KernelHarness.Check(kernel, Levels.ScalarOf(kernel.Operation), KernelCases.Of(kernel));
    }

    [Fact]
    public void Every_operation_has_a_scalar_kernel_and_cases()
    {
        foreach (Operation operation in Enum.GetValues<Operation>())
        {
            KernelRow scalar = Levels.ScalarOf(operation);
            Assert.True(scalar.Function != 0, $"{operation} has no scalar kernel");
            Assert.Equal(IsaLevel.Scalar, scalar.Isa);
            KernelRow any = KernelTable.Rows.First(row => row.Operation == operation);
            Assert.True(KernelCases.Of(any).Any(), $"{operation} has no cases in {nameof(KernelCases)}");
        }
    }

    [Fact]
    public void Names_are_unique_and_functions_are_there()
    {
        Assert.Distinct(KernelTable.Rows.Select(row => row.Name));
        Assert.All(KernelTable.Rows, row => Assert.NotEqual(0, row.Function));
    }

    [Theory]
    [MemberData(nameof(AllLevels))]
    public void The_best_row_at_or_below_a_level_serves_it(IsaLevel level)
    {
        IsaLevel[] lower = level switch
        {
            IsaLevel.Avx512 => [IsaLevel.Scalar, IsaLevel.Avx2, IsaLevel.Avx512],
            _ => [IsaLevel.Scalar, level],
        };
        foreach (Operation operation in Enum.GetValues<Operation>())
        {
            KernelRow expected = KernelTable.Rows
                .Where(row => row.Operation == operation && lower.Contains(row.Isa)).OrderBy(row => row.Isa).LastOrDefault();
            Assert.Equal(expected, KernelTable.Find(operation, level));
        }
    }

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void A_set_has_every_width_of_panels_that_a_matrix_is_split_into(IsaLevel level)
    {
        KernelSet kernels = KernelTable.For(level);
        Assert.Equal(level, kernels.Isa);
        for (int columns = 16; columns <= 800; columns += 16)
        {
            for (int left = columns, width; left > 0; left -= width)
            {
                width = Lane.PanelWidth(left, kernels.MaxPanelWidth);
                Assert.InRange(width, 16, Math.Min(left, kernels.MaxPanelWidth));
                unsafe
                {
                    Assert.True(kernels.Gemm(width) != null, $"no kernel {width} columns wide at {level}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllLevels))]
    public void A_level_that_cannot_run_here_is_refused(IsaLevel level)
    {
        if (Isa.IsAvailable(level))
        {
            Assert.Same(KernelTable.For(level), KernelTable.For(level));
            return;
        }

        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => KernelTable.For(level));
        Assert.Contains(level.ToString(), refusal.Message);
        Assert.Contains(Isa.Found.ToString(), refusal.Message);
    }
}
