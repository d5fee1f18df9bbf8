using System;
using System.Runtime.Serialization;

namespace Dmerp
{
    /// <summary>
    /// A call failed. Thrown as the class of its status; as this class itself for a status that this package does not know yet.
    /// The message tells what was tried, what came back, and what to do. It never holds the API key.
    /// </summary>
    [Serializable]
    public class DmerpException : Exception, IDmerpError
    {
        private readonly Failure failure;

        internal DmerpException(Failure failure) : base(failure.Message)
        {
            this.failure = failure;
        }

        /// <summary>For serialization, as when it crosses the border of an AppDomain.</summary>
        protected DmerpException(SerializationInfo info, StreamingContext context) : base(info, context)
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
