namespace SamNative.Bench;

/// <summary>
/// Something to be timed, as a row of BenchmarkDotNet's table: a name, how much arithmetic it is, and how to prepare it.
/// It is prepared when it first runs, since a table lists all of them and most are never asked for.
/// </summary>
/// <param name="name">Kernel and shape.</param>
/// <param name="gflop">10^9 floating-point operations of one run; 0 where that says nothing.</param>
/// <param name="prepare">Makes the operands, and gives what one run does.</param>
public sealed class Work(string name, double gflop, Func<Action> prepare)
{
    private Action? run;

    /// <summary>10^9 floating-point operations of one run; 0 where that says nothing.</summary>
    public double Gflop { get; } = gflop;

    /// <summary>Does it once.</summary>
    public void Run() => (run ??= prepare())();

    /// <summary>Its name.</summary>
    public override string ToString() => name;
}
