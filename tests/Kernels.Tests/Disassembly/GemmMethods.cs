using System.Reflection;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>The methods behind the rows of the kernel table that multiply matrices with vectors.</summary>
internal static class GemmMethods
{
    private const BindingFlags Statics =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The rows of a level; a row is known by its tile, so that no new kernel can be missed.</summary>
    public static IEnumerable<KernelRow> Rows(IsaLevel level) =>
        KernelTable.Rows.Where(row => row.Isa == level && level > IsaLevel.Scalar && row.TileColumns > 0);

    /// <summary>The method whose address stands in the row.</summary>
    public static MethodInfo Of(KernelRow row)
    {
        MethodInfo? found = typeof(KernelTable).Assembly.GetTypes()
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetMethods(Statics))
            .FirstOrDefault(method =>
                !method.ContainsGenericParameters && method.MethodHandle.GetFunctionPointer() == row.Function);
        Assert.True(found is not null, $"no method of the assembly has the address of {row.Name}");
        return found;
    }

    /// <summary>As the compiler's listings and filters name it.</summary>
    public static string ListedName(MethodInfo method) => $"{method.DeclaringType!.FullName}:{method.Name}";
}
