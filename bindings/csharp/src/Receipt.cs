using System;

namespace Dmerp
{
    /// <summary>One delivery of a packet, as <see cref="Client.Done"/> takes it. Immutable; equal by its values.</summary>
    public sealed class Receipt : IEquatable<Receipt>
    {
        /// <summary>A receipt from values that were stored; a listed packet has its own: <see cref="Packet.Receipt"/>.</summary>
        /// <exception cref="ArgumentNullException">An argument is null.</exception>
        public Receipt(string id, string receiptHandle)
        {
            Id = id ?? throw new ArgumentNullException(nameof(id));
            ReceiptHandle = receiptHandle ?? throw new ArgumentNullException(nameof(receiptHandle));
        }

        /// <summary>The packet's id.</summary>
        public string Id { get; }

        /// <summary>The receipt handle of the packet's latest listing. It grows stale when the packet is listed again.</summary>
        public string ReceiptHandle { get; }

        /// <inheritdoc/>
        public bool Equals(Receipt? other) => Id == other?.Id && ReceiptHandle == other.ReceiptHandle;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Receipt);

        /// <inheritdoc/>
        public override int GetHashCode() => ReceiptHandle.GetHashCode();

        /// <summary>For logs and the debugger.</summary>
        public override string ToString() => $"Receipt {{ Id = {Id}, ReceiptHandle = {ReceiptHandle} }}";
    }
}
