using System;
using System.Collections;
using System.Collections.Generic;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// The packets that a pull listed. Each is read from the native list when it is asked for, so a long list costs little;
    /// dispose the list when it is no longer needed. Packets taken from it stay good. Any number of threads may read one at once.
    /// </summary>
    public sealed class Packets : IReadOnlyList<Packet>, IDisposable
    {
        private readonly PacketsHandle handle;

        internal Packets(PacketsHandle handle)
        {
            this.handle = handle;
            Count = checked((int)(ulong)NativeMethods.Loaded.PacketsLen(handle));
        }

        /// <summary>How many packets were listed.</summary>
        public int Count { get; }

        /// <summary>The packet at <paramref name="index"/>, counted from 0.</summary>
        /// <exception cref="ArgumentOutOfRangeException">There is no such packet.</exception>
        /// <exception cref="ObjectDisposedException">The list was disposed.</exception>
        public Packet this[int index]
        {
            get
            {
                CheckIndex(index);
                using (Borrow())
                {
                    var status = NativeMethods.Loaded.PacketsGet(handle, (UIntPtr)(uint)index, out var packet, out var error);
                    Failure.ThrowIf(status, error);
                    return new Packet(packet);
                }
            }
        }

        /// <summary>
        /// A field of the packet at <paramref name="index"/> that <see cref="Packet"/> does not have, by the portal's name for
        /// it: fields can appear without notice. Null where the portal did not send it.
        /// </summary>
        /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There is no such packet.</exception>
        /// <exception cref="ObjectDisposedException">The list was disposed.</exception>
        public string OtherField(int index, string name)
        {
            var encoded = Utf8.Encode(name, nameof(name));
            CheckIndex(index);
            using (Borrow())
            {
                var place = (UIntPtr)(uint)index;
                var status = NativeMethods.Loaded.PacketsOtherField(handle, place, encoded, out var value, out var error);
                Failure.ThrowIf(status, error);
                return Utf8.Decode(value);
            }
        }

        /// <summary>Goes through the list in the portal's order.</summary>
        /// <exception cref="ObjectDisposedException">The list was disposed; thrown when the next packet is asked for.</exception>
        public IEnumerator<Packet> GetEnumerator()
        {
            for (var index = 0; index < Count; index++)
            {
                yield return this[index];
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <summary>Frees the native list. Disposing twice is harmless.</summary>
        public void Dispose() => handle.Dispose();

        private void CheckIndex(int index)
        {
            if (index < 0 || index >= Count)
            {
                throw new ArgumentOutOfRangeException(nameof(index), index, "The list holds " + Count + " packets.");
            }
        }

        private HandleUse Borrow() => new HandleUse(handle, nameof(Packets));
    }
}
