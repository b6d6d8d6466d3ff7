using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>The instruction sets that can be timed here.</summary>
internal static class Levels
{
    /// <summary>All that have vectors. Scalar code would take minutes for a layer; its kernels are timed one by one.</summary>
    public static IEnumerable<IsaLevel> WithVectors =>
        Enum.GetValues<IsaLevel>().Where(level => level != IsaLevel.Scalar && Isa.IsAvailable(level));
}
