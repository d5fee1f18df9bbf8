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
        internal Stats(in dmerp_stats stats)
        {
            Requests = (long)stats.Requests;
            Retries = (long)stats.Retries;
            BytesSent = (long)stats.BytesSent;
            BytesReceived = (long)stats.BytesReceived;
            ConnectionsOpened = (long)stats.ConnectionsOpened;
            PacketsPushed = (long)stats.PacketsPushed;
            PacketsReceived = (long)stats.PacketsReceived;
            PacketsDone = (long)stats.PacketsDone;
            Unmarked = (long)stats.Unmarked;
            OldestUnmarkedAt = Time(stats.OldestUnmarkedAt);
            LastCheckAt = Time(stats.LastCheckAt);
            LastPushAt = Time(stats.LastPushAt);
            LastPullAt = Time(stats.LastPullAt);
            LastLinkAt = Time(stats.LastLinkAt);
            LastDownloadAt = Time(stats.LastDownloadAt);
            LastDoneAt = Time(stats.LastDoneAt);
        }

        /// <summary>HTTP requests, repeated ones included.</summary>
        public long Requests { get; }

        /// <summary>Of these, requests that repeated a failed one.</summary>
        public long Retries { get; }

        /// <summary>Content bytes uploaded to the storage, repeated tries included.</summary>
        public long BytesSent { get; }

        /// <summary>Content bytes downloaded from the storage, repeated tries included.</summary>
        public long BytesReceived { get; }

        /// <summary>Connections opened to the portal, the storage or a proxy.</summary>
        public long ConnectionsOpened { get; }

        /// <summary>Packets whose push the storage has acknowledged.</summary>
        public long PacketsPushed { get; }

        /// <summary>Packets downloaded completely.</summary>
        public long PacketsReceived { get; }

        /// <summary>Packets marked done at the portal.</summary>
        public long PacketsDone { get; }

        /// <summary>Packets of which you said done to a receiver and that are not marked at the portal yet.</summary>
        public long Unmarked { get; }

        /// <summary>When you said done of the oldest of these.</summary>
        public DateTimeOffset? OldestUnmarkedAt { get; }

        /// <summary>The last success of a check.</summary>
        public DateTimeOffset? LastCheckAt { get; }

        /// <summary>The last success of a push.</summary>
        public DateTimeOffset? LastPushAt { get; }

        /// <summary>The last success of a pull.</summary>
        public DateTimeOffset? LastPullAt { get; }

        /// <summary>The last success of a link; each download asks for one.</summary>
        public DateTimeOffset? LastLinkAt { get; }

        /// <summary>The last success of a download.</summary>
        public DateTimeOffset? LastDownloadAt { get; }

        /// <summary>The last success of a done.</summary>
        public DateTimeOffset? LastDoneAt { get; }

        private static DateTimeOffset? Time(ulong milliseconds) =>
            milliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds) : (DateTimeOffset?)null;
    }
}
