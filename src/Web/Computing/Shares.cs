using System.Net;

namespace SamNative.Web;

/// <summary>
/// Divides what is scarce, places or bytes: so much for all clients together, and so much for one of them, so that nobody
/// can take it all. One that is larger than its share is given where nothing is taken otherwise.
/// </summary>
/// <param name="total">For all.</param>
/// <param name="each">For one client.</param>
internal sealed class Shares(long total, long each)
{
    private readonly Dictionary<IPAddress, long> held = [];
    private readonly Lock gate = new();

    /// <summary>What is taken by all clients together.</summary>
    public long Taken { get; private set; }

    /// <summary>Takes some, unless too much is taken already.</summary>
    public bool TryTake(IPAddress client, long amount)
    {
        lock (gate)
        {
            long own = held.GetValueOrDefault(client);
            if ((own > 0 && amount > each - own) || (Taken > 0 && amount > total - Taken))
            {
                return false;
            }

            held[client] = own + amount;
            Taken += amount;
            return true;
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void Return(IPAddress client, long amount)
    {
        lock (gate)
        {
            Taken -= amount;
            if ((held[client] -= amount) == 0)
            {
                held.Remove(client);
            }
        }
    }
}
