using System;
using System.Runtime.Serialization;
using System.Threading;

namespace Dmerp
{
    /// <summary>
    /// The call was cancelled, as asked. Repeating it is safe. It is an <see cref="OperationCanceledException"/> as everywhere in
    /// .NET, and so the one error that is no <see cref="DmerpException"/>.
    /// </summary>
    [Serializable]
    public sealed class CancelledException : OperationCanceledException, IDmerpError
    {
        private readonly Failure failure;

        internal CancelledException(Failure failure, CancellationToken token) : base(failure.Message, token)
        {
            this.failure = failure;
        }

        private CancelledException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
            failure = (Failure)info.GetValue(nameof(failure), typeof(Failure));
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

        /// <inheritdoc/>
        public override void GetObjectData(SerializationInfo info, StreamingContext context)
        {
            base.GetObjectData(info, context);
            info.AddValue(nameof(failure), failure);
        }
    }
}
