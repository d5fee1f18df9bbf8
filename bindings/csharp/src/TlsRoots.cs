namespace Dmerp
{
    /// <summary>Which certificate authorities count.</summary>
    public enum TlsRoots
    {
        /// <summary>Those of the platform's trust store.</summary>
        Platform,

        /// <summary>Those of <see cref="Config.TlsCaFile"/>.</summary>
        File,

        /// <summary>Those of both.</summary>
        Both,
    }
}
