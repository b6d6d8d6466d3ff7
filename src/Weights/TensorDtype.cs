using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>
/// The element types a weight file can hold, in ascending element size. The names follow safetensors, without the
/// underscores; <see cref="TensorDtypes.FileName"/> gives the spelling of the file.
/// </summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The members are type names.")]
public enum TensorDtype
{
    /// <summary>4-bit float, two to a byte.</summary>
    F4,

    /// <summary>6-bit float: 2 exponent bits, 3 mantissa bits, packed.</summary>
    F6E2M3,

    /// <summary>6-bit float: 3 exponent bits, 2 mantissa bits, packed.</summary>
    F6E3M2,

    /// <summary>A byte that is 0 or 1.</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>8-bit float: 5 exponent bits, 2 mantissa bits.</summary>
    F8E5M2,

    /// <summary>8-bit float: 4 exponent bits, 3 mantissa bits.</summary>
    F8E4M3,

    /// <summary>8-bit scale: an exponent alone.</summary>
    F8E8M0,

    /// <summary>8-bit float 4/3 without infinities and negative zero.</summary>
    F8E4M3Fnuz,

    /// <summary>8-bit float 5/2 without infinities and negative zero.</summary>
    F8E5M2Fnuz,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>Two binary32: real part, imaginary part.</summary>
    C64,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

/// <summary>What is known of each <see cref="TensorDtype"/>.</summary>
public static class TensorDtypes
{
    private static readonly ImmutableArray<(string FileName, int Bits)> table =
    [
        ("F4", 4),
        ("F6_E2M3", 6),
        ("F6_E3M2", 6),
        ("BOOL", 8),
        ("U8", 8),
        ("I8", 8),
        ("F8_E5M2", 8),
        ("F8_E4M3", 8),
        ("F8_E8M0", 8),
        ("F8_E4M3FNUZ", 8),
        ("F8_E5M2FNUZ", 8),
        ("I16", 16),
        ("U16", 16),
        ("F16", 16),
        ("BF16", 16),
        ("I32", 32),
        ("U32", 32),
        ("F32", 32),
        ("C64", 64),
        ("F64", 64),
        ("I64", 64),
        ("U64", 64),
    ];

    /// <summary>All element types, in ascending element size.</summary>
    public static ImmutableArray<TensorDtype> All { get; } = [.. Enum.GetValues<TensorDtype>()];

    /// <summary>The size of one element in bits; 4- and 6-bit elements are packed.</summary>
    public static int BitsPerElement(this TensorDtype dtype) => table[(int)dtype].Bits;

    /// <summary>The spelling in a safetensors header, such as <c>F8_E5M2</c>.</summary>
    public static string FileName(this TensorDtype dtype) => table[(int)dtype].FileName;

    /// <summary>True for the types that <see cref="TensorSource.Read"/> decodes: F32, F16, BF16 and F64.</summary>
    public static bool DecodesToFloat(this TensorDtype dtype) =>
        dtype is TensorDtype.F32 or TensorDtype.F16 or TensorDtype.BF16 or TensorDtype.F64;

    /// <summary>Whether an element is a whole number or a truth value.</summary>
    internal static bool IsInteger(this TensorDtype dtype) => dtype
        is TensorDtype.Bool or TensorDtype.U8 or TensorDtype.I8 or TensorDtype.U16 or TensorDtype.I16
        or TensorDtype.U32 or TensorDtype.I32 or TensorDtype.U64 or TensorDtype.I64;
}
