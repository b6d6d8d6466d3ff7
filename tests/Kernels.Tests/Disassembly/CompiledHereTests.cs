using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// Compiles every matrix product's kernel of this process: what <see cref="DisassemblyTests"/> starts another process for,
/// which prints what the compiler made.
/// </summary>
public sealed class CompiledHereTests
{
    [Fact]
    public void Every_matrix_product_compiles_to_its_best_at_once()
    {
        foreach (KernelRow row in Levels.Available.SelectMany(GemmMethods.Rows))
        {
            MethodInfo method = GemmMethods.Of(row);
            Assert.True(
                method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveOptimization),
                $"{row.Name} would begin its life in an unoptimised form");
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
        }
    }
}
