using System.Collections.Frozen;

namespace SamNative.Weights;

/// <summary>
/// Classes and functions with which a file takes over whoever loads it in Python. They are as harmless here as any other
/// name: this list protects nobody, it only says when a person should know. So it need not be complete.
/// </summary>
internal static class SuspectGlobals
{
    private static readonly FrozenSet<string> modules = FrozenSet.Create(
        StringComparer.Ordinal,
        "_pickle", "aiohttp", "asyncio", "bdb", "cProfile", "cloudpickle", "code", "codeop", "commands", "ctypes", "dill",
        "distutils", "doctest", "ensurepip", "ftplib", "http", "httplib", "idlelib", "imp", "importlib", "marshal", "nt",
        "os", "pdb", "pickle", "pip", "pkgutil", "posix", "profile", "pty", "requests", "runpy", "shutil", "smtplib",
        "socket", "subprocess", "sys", "timeit", "torch._dynamo", "torch._inductor", "torch.fx.experimental", "torch.hub",
        "torch.jit", "torch.serialization", "torch.utils._config_module", "torch.utils.bottleneck",
        "torch.utils.collect_env", "trace", "urllib", "urllib2", "venv", "webbrowser");

    private static readonly FrozenSet<string> names = FrozenSet.Create(
        StringComparer.Ordinal,
        "__builtin__.__import__", "__builtin__.apply", "__builtin__.compile", "__builtin__.eval", "__builtin__.exec",
        "__builtin__.execfile", "__builtin__.open", "builtins.__import__", "builtins.breakpoint", "builtins.compile",
        "builtins.eval", "builtins.exec", "builtins.open", "numpy.load", "torch.load", "types.CodeType",
        "types.FunctionType");

    /// <summary>Whether a module and name are on the list: a module with everything in and below it.</summary>
    public static bool Has(string name) => names.Contains(name) || Parents(name).Any(modules.Contains);

    private static IEnumerable<string> Parents(string name)
    {
        for (int dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            yield return name[..dot];
        }
    }
}
