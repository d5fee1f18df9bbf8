using System;
using System.Threading;

namespace Dmerp
{
    /// <summary>
    /// The call was cancelled, as asked. Repeating it is safe. It is an <see cref="OperationCanceledException"/> as everywhere in
    /// .NET, and so the one error that is no <see cref="DmerpException"/>.
    /// </summary>
    public sealed class CancelledException : OperationCanceledException, IDmerpError
    {
        private readonly Failure failure;

        internal CancelledException(Failure failure, CancellationToken token) : base(failure.Message, token)
        {
            this.failure = failure;
        }

        /// <inheritdoc/>
        public Status Status => failure.Status;

        /// <inheritdoc/>
        public int HttpStatus => failure.HttpStatus;

        /// <inheritdoc/>
        public string ServerMessage => failure.ServerMessage;

        /// <inheritdoc/>
        public string PacketId => failure.PacketId;

        /// <inheritdoc/>
        public int Attempts => failure.Attempts;

        /// <inheritdoc/>
        public bool Retryable => failure.Retryable;
    }
}
