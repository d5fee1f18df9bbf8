namespace Dmerp
{
    /// <summary>Which certificate authorities count.</summary>
    public enum TlsRoots
    {
        /// <summary>Those of the platform's trust store.</summary>
        Platform,

        /// <summary>Those of <see cref="Config.TlsCaFile"/> and <see cref="Config.TlsCaPem"/>.</summary>
        File,

        /// <summary>Those of <see cref="Platform"/> and of <see cref="File"/>.</summary>
        Both,
    }
}
