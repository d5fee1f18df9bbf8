using System;
using System.Collections.Generic;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// A call failed. The message tells what was tried, what came back, and what to do, on one line. It never holds the API key.
    /// Decide by <see cref="Status"/> or <see cref="IsRetryable"/>, never by the text of the message. A cancelled call throws
    /// <see cref="OperationCanceledException"/>, with one of these as its <see cref="Exception.InnerException"/>.
    /// </summary>
    public sealed class DmerpException : Exception
    {
        private DmerpException(Status status, string message, IntPtr error, DmerpException?[] results, Exception? inner = null)
            : base(message, inner)
        {
            var native = NativeMethods.Loaded;
            var http = native.dmerp_error_http_status(error);
            var wait = native.dmerp_error_retry_after_ms(error);
            Status = status;
            HttpStatus = http != 0 ? http : (int?)null;
            ServerMessage = Utf8.Decode(native.dmerp_error_server_message(error));
            PacketId = Utf8.Decode(native.dmerp_error_packet_id(error));
            Attempts = (int)native.dmerp_error_attempts(error);
            RetryAfter = wait != 0 ? TimeSpan.FromMilliseconds(wait) : (TimeSpan?)null;
            IsRetryable = native.dmerp_error_is_retryable(error) != 0;
            IsOutcomeUnknown = native.dmerp_error_is_outcome_unknown(error) != 0;
            Results = results;
        }

        /// <summary>How the call ended. A later library may give a number that has no name here.</summary>
        public Status Status { get; }

        /// <summary>The HTTP status of the answer that decided; null where there was none or it broke off.</summary>
        public int? HttpStatus { get; }

        /// <summary>What the portal or the storage said, on one line of at most 300 characters; null for nothing.</summary>
        public string? ServerMessage { get; }

        /// <summary>
        /// The packet the call was about: the unique id of a push, to be given again when it is repeated; the storage path of a
        /// link or download. Null where there is none.
        /// </summary>
        public string? PacketId { get; }

        /// <summary>How many HTTP requests the call made; 0 when it failed before the first.</summary>
        public int Attempts { get; }

        /// <summary>The wait that the server asked for (Retry-After); null where it asked for none.</summary>
        public TimeSpan? RetryAfter { get; }

        /// <summary>Whether the same call, made later and unchanged, can succeed.</summary>
        public bool IsRetryable { get; }

        /// <summary>
        /// Whether all of a request was sent and no answer came. The server may have done what it was asked: a push may be
        /// stored, packets may be marked done. Repeating the call with the same packet id is the way to know.
        /// </summary>
        public bool IsOutcomeUnknown { get; }

        /// <summary>
        /// Of <see cref="Client.Done"/>: what became of each receipt, in their order. Null: it is marked done. An exception with
        /// <see cref="IsOutcomeUnknown"/>: it may be marked. Any other: it is not marked. The same of each packet, stored instead
        /// of marked, if <see cref="Client.PushMany"/> was cancelled. Empty for every other call, and when nothing was sent.
        /// </summary>
        public IReadOnlyList<DmerpException?> Results { get; }

        /// <summary>For a value that the library does not see or that .NET cannot hold. The message has the place.</summary>
        internal static DmerpException OfValue(string message, Exception? inner = null) =>
            new DmerpException(Status.InvalidArgument, message, IntPtr.Zero, new DmerpException?[0], inner);

        /// <summary>Ends a native call: frees its error, and throws it if there was one.</summary>
        internal static void ThrowIf(int status, IntPtr error)
        {
            if (Take(status, error) is DmerpException exception)
            {
                throw exception;
            }
        }

        /// <summary>
        /// Frees the error and the results of a native call, and tells what they were; null after a success. The message begins
        /// with the place, if there is one that the library does not know.
        /// </summary>
        internal static DmerpException? Take(int status, IntPtr error, IntPtr results = default, string place = "")
        {
            var native = NativeMethods.Loaded;
            try
            {
                if (status == (int)Status.Ok)
                {
                    return null;
                }
                var each = new DmerpException?[(int)native.dmerp_results_len(results)];
                for (var i = 0; i < each.Length; i++)
                {
                    var index = (UIntPtr)(uint)i;
                    each[i] = Take(native.dmerp_results_status(results, index), native.dmerp_results_error(results, index));
                }
                var message = Utf8.Decode(native.dmerp_error_message(error)) ?? ((Status)status).Meaning()
                    ?? "The call failed: status " + status + ".";
                return new DmerpException((Status)status, place + message, error, each);
            }
            finally
            {
                native.dmerp_error_free(error);
                native.dmerp_results_free(results);
            }
        }
    }
}
