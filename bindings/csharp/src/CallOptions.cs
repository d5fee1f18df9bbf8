using System;

namespace Dmerp
{
    /// <summary>
    /// What one call may take and tells. It is read when the call is made, so one object may serve any number of calls. A call is
    /// ended before its time by its <see cref="System.Threading.CancellationToken"/>.
    /// </summary>
    public sealed class CallOptions
    {
        /// <summary>
        /// The time that the whole call may take, its retries included, from when it is made; more than zero. It can only shorten
        /// <see cref="Config.TimeoutOverall"/>, which holds where this is null. A call that runs out of time throws
        /// <see cref="TimedOutException"/>.
        /// </summary>
        public TimeSpan? Deadline { get; set; }

        /// <summary>
        /// Is told how many bytes of the content were sent or received, from 0 again when a try is repeated. Report is called on
        /// the thread that makes the call (of an Async method, a thread of its own), as often as a piece is moved. What it throws
        /// ends the call and comes out of it. <see cref="Progress{T}"/> hands the number on to the thread that created it.
        /// </summary>
        public IProgress<long> Progress { get; set; }
    }
}
