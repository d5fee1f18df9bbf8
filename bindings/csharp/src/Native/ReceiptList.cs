using System;
using System.Collections.Generic;
using System.IO;

namespace Dmerp.Native
{
    /// <summary>Receipts as the library takes them, their texts one after the other in one array.</summary>
    internal sealed class ReceiptList
    {
        private readonly MemoryStream texts = new MemoryStream();
        private readonly List<int> starts = new List<int>();

        internal ReceiptList(IEnumerable<Receipt> receipts)
        {
            foreach (var receipt in receipts)
            {
                if (receipt == null)
                {
                    throw new ArgumentException("One of the receipts is null.", nameof(receipts));
                }
                Add(Utf8.Encode(receipt.Id, "the id of receipt " + Count));
                Add(Utf8.Encode(receipt.ReceiptHandle, "the receipt handle of receipt " + (Count - 1)));
            }
        }

        internal int Count => (starts.Count + 1) / 2;

        /// <summary>The address of the receipts, pinned for a call.</summary>
        internal IntPtr PinFor(Call call)
        {
            var address = call.Pin(texts.GetBuffer());
            var receipts = new dmerp_receipt[Count];
            for (var i = 0; i < receipts.Length; i++)
            {
                receipts[i].Id = IntPtr.Add(address, starts[2 * i]);
                receipts[i].ReceiptHandle = IntPtr.Add(address, starts[2 * i + 1]);
            }
            return call.Pin(receipts);
        }

        private void Add(byte[] text)
        {
            starts.Add((int)texts.Length);
            texts.Write(text, 0, text.Length);
        }
    }
}
