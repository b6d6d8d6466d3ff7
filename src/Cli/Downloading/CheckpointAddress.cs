namespace SamNative.Cli;

/// <summary>Where checkpoints are fetched from.</summary>
internal static class CheckpointAddress
{
    /// <summary>
    /// Names another folder on the network that holds the same files under the same names. Whatever it holds, only the
    /// listed content is kept.
    /// </summary>
    public const string MirrorVariable = "SAMNATIVE_MIRROR";

    private const string Published = "https://dl.fbaipublicfiles.com/segment_anything/";

    /// <summary>The address of a checkpoint.</summary>
    /// <param name="mirror">What the environment says in place of the publisher's folder, or null.</param>
    /// <exception cref="CommandFailedException">The mirror is no address that can be used.</exception>
    public static Uri Of(KnownCheckpoint checkpoint, string? mirror)
    {
        string folder = string.IsNullOrEmpty(mirror) ? Published : $"{mirror.TrimEnd('/')}/";

        // A password in an address would end up in messages, a query would end up before the file's name.
        bool isUsable = Uri.TryCreate(folder, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0;
        return isUsable
            ? new Uri(address!, checkpoint.FileName)
            : throw new CommandFailedException(
                $"{MirrorVariable} is no folder on the network: give it as https://host/folder/, without a name, a "
                + "password or a query.");
    }
}
