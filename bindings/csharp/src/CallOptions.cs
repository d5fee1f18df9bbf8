using System;

namespace Dmerp
{
    /// <summary>
    /// What one call may take and tells. It is read when the call is made, so one object may serve any number of calls. A call is
    /// ended before its time by its <see cref="System.Threading.CancellationToken"/>.
    /// </summary>
    public sealed class CallOptions
    {
        private TimeSpan? timeout;

        /// <summary>
        /// The time that the whole call may take, its retries included, in whole milliseconds, rounded up. It can only shorten
        /// <see cref="Config.TimeoutOverall"/>, which holds where this is null or
        /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>. Of a receiver it limits each wait for a packet, which else
        /// waits as long as the run lasts. A call that runs out of time throws a
        /// <see cref="DmerpException"/> with <see cref="Status.TimedOut"/>.
        /// </summary>
        /// <exception cref="ArgumentOutOfRangeException">It is zero or less.</exception>
        public TimeSpan? Timeout
        {
            get => timeout;
            set => timeout = value <= TimeSpan.Zero && value != System.Threading.Timeout.InfiniteTimeSpan
                ? throw new ArgumentOutOfRangeException(nameof(Timeout), value, "A timeout is more than zero, or infinite.")
                : value;
        }

        /// <summary>
        /// Is told how many bytes and packets were sent or received, at most about 20 times a second, and at the end. Report
        /// is called on the thread that makes the call (of an Async method, a thread of its own). What it throws ends the call
        /// and comes out of it. A <see cref="Progress{T}"/> hands each report on to the context that it was created in, or to the
        /// thread pool: then it runs later, on another thread, and what it throws does not come out of the call.
        /// </summary>
        public IProgress<TransferProgress>? Progress { get; set; }
    }
}
