namespace SamNative.Kernels;

/// <summary>How many threads are worth having.</summary>
internal static class Processors
{
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>
    /// Physical cores, at most as many as the process may use: two threads of one core share its multipliers, so a second
    /// one only costs. Linux tells which processors are siblings; elsewhere every processor counts.
    /// </summary>
    public static int PhysicalCores { get; } = Count();

    private static int Count()
    {
        try
        {
            HashSet<string> cores = new(StringComparer.Ordinal);
            foreach (string folder in Directory.EnumerateDirectories(Topology, "cpu*"))
            {
                string siblings = Path.Combine(folder, "topology", "thread_siblings_list");
                if (File.Exists(siblings))
                {
                    cores.Add(File.ReadAllText(siblings));
                }
            }

            return cores.Count == 0 ? Environment.ProcessorCount : Math.Min(cores.Count, Environment.ProcessorCount);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Environment.ProcessorCount;
        }
    }
}
