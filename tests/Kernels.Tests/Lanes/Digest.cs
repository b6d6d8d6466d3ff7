using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SamNative.Kernels.Tests;

/// <summary>A hash over the results of everything that computes: equal for every level in every process.</summary>
internal static class Digest
{
    public static string Of(IsaLevel level)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Operation operation in Enum.GetValues<Operation>())
        {
            KernelRow kernel = KernelTable.Find(operation, level);
            if (kernel.Function == 0 || kernel.TileColumns > 0)
            {
                continue;
            }

            foreach (Array result in KernelHarness.Results(kernel, KernelCases.Of(kernel)))
            {
                hash.AppendData(Operands.BytesOf(result));
            }
        }

        Append(new LayerProblem(9, 33, 800, 48, gelu: true).Run(level));
        AttentionProblem attention = new(18, 18, 32, relative: true);
        Append(attention.Attend(level, attention.Rows(3)));
        return Convert.ToHexString(hash.GetHashAndReset());

        void Append(float[] values) => hash.AppendData(MemoryMarshal.AsBytes<float>(values));
    }
}
