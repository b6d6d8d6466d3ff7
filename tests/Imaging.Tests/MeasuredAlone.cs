using Xunit;

namespace SamNative.Imaging.Tests;

/// <summary>Tests that measure the time and the memory of the process: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    public const string Name = "measured alone";
}
