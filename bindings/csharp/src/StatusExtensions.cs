using Dmerp.Native;

namespace Dmerp
{
    /// <summary>What the library tells of a <see cref="Status"/>. Any thread.</summary>
    public static class StatusExtensions
    {
        /// <summary>The name in messages and the other languages, such as "TIMED_OUT"; null for an unknown number.</summary>
        public static string? Name(this Status status) => Utf8.Decode(NativeMethods.Loaded.dmerp_status_name((int)status));

        /// <summary>What the status means, in a sentence; null for an unknown number.</summary>
        public static string? Meaning(this Status status) => Utf8.Decode(NativeMethods.Loaded.dmerp_status_meaning((int)status));

        /// <summary>What to do about it, in a sentence; null for an unknown number.</summary>
        public static string? Action(this Status status) => Utf8.Decode(NativeMethods.Loaded.dmerp_status_action((int)status));

        /// <summary>Whether a call that ended so can succeed when it is made later, unchanged.</summary>
        public static bool IsRetryable(this Status status) => NativeMethods.Loaded.dmerp_status_is_retryable((int)status) != 0;
    }
}
