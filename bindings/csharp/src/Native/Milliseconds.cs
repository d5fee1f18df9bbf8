using System;

namespace Dmerp.Native
{
    /// <summary>Durations, as the library has them.</summary>
    internal static class Milliseconds
    {
        /// <summary>Whole milliseconds, rounded up, so that what is more than nothing stays so.</summary>
        internal static long Of(TimeSpan duration)
        {
            var whole = duration.Ticks / TimeSpan.TicksPerMillisecond;
            return duration.Ticks % TimeSpan.TicksPerMillisecond > 0 ? whole + 1 : whole;
        }
    }
}
