using System;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// What a client has done since it was made, as of one moment. Its receivers count, too. Times are UTC; null means never.
    /// Immutable.
    /// </summary>
    public sealed class Stats
    {
        private readonly dmerp_stats stats;

        internal Stats(in dmerp_stats stats)
        {
            this.stats = stats;
        }

        /// <summary>HTTP requests, repeated ones included.</summary>
        public long Requests => (long)stats.Requests;

        /// <summary>Of these, requests that repeated a failed one.</summary>
        public long Retries => (long)stats.Retries;

        /// <summary>Content bytes uploaded to the storage, repeated tries included.</summary>
        public long BytesSent => (long)stats.BytesSent;

        /// <summary>Content bytes downloaded from the storage, repeated tries included.</summary>
        public long BytesReceived => (long)stats.BytesReceived;

        /// <summary>Connections opened to the portal, the storage or a proxy.</summary>
        public long ConnectionsOpened => (long)stats.ConnectionsOpened;

        /// <summary>Packets whose push the storage has acknowledged.</summary>
        public long PacketsPushed => (long)stats.PacketsPushed;

        /// <summary>Packets downloaded completely.</summary>
        public long PacketsReceived => (long)stats.PacketsReceived;

        /// <summary>Packets marked done at the portal.</summary>
        public long PacketsDone => (long)stats.PacketsDone;

        /// <summary>Packets of which you said done to a receiver and that are not marked at the portal yet.</summary>
        public long Unmarked => (long)stats.Unmarked;

        /// <summary>When you said done of the oldest of these.</summary>
        public DateTimeOffset? OldestUnmarkedAt => Time(stats.OldestUnmarkedAt);

        /// <summary>The last success of a check.</summary>
        public DateTimeOffset? LastCheckAt => Time(stats.LastCheckAt);

        /// <summary>The last success of a push.</summary>
        public DateTimeOffset? LastPushAt => Time(stats.LastPushAt);

        /// <summary>The last success of a pull.</summary>
        public DateTimeOffset? LastPullAt => Time(stats.LastPullAt);

        /// <summary>The last success of a link; each download asks for one.</summary>
        public DateTimeOffset? LastLinkAt => Time(stats.LastLinkAt);

        /// <summary>The last success of a download.</summary>
        public DateTimeOffset? LastDownloadAt => Time(stats.LastDownloadAt);

        /// <summary>The last success of a done.</summary>
        public DateTimeOffset? LastDoneAt => Time(stats.LastDoneAt);

        private static DateTimeOffset? Time(ulong milliseconds) =>
            milliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds) : (DateTimeOffset?)null;
    }
}
