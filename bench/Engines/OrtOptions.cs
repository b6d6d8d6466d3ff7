using Microsoft.ML.OnnxRuntime;

namespace SamNative.Bench;

/// <summary>ONNX Runtime as fast as it goes: every graph optimisation, all threads, spinning between nodes.</summary>
internal static class OrtOptions
{
    public static SessionOptions Create(int threads)
    {
        SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            EnableCpuMemArena = true,
            EnableMemoryPattern = true,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "1");
        return options;
    }

    public static string Describe(int threads) =>
        $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, {threads} threads, spinning, all graph optimisations";
}
