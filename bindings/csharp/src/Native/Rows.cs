using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>
    /// A copy of the rows that the library lent, in arrays that are used again and again. They are handed on in small batches: a
    /// few kilobytes are cheap for a garbage collector, and many are not.
    /// </summary>
    internal sealed class Rows
    {
        private const int BatchLength = 3 * 1024; // Mono takes a text of more than 4,000 characters for large

        private string table = "";
        private Columns? columns;
        private long first;
        private int count;
        private byte[] values = { };
        private byte[] statuses = { };
        private long[] lines = { };
        private int length; // of the values
        private int taken; // of the rows
        private int place; // of the next row in the values

        internal bool IsEmpty => taken == count;

        internal void Load(in dmerp_rows rows)
        {
            count = (int)rows.Count;
            taken = 0;
            place = 0;
            if (count == 0)
            {
                return;
            }
            table = Utf8.Decode(rows.Table)!;
            columns = Columns.Of(Utf8.Bytes(rows.Names, (long)rows.NamesLen), columns);
            first = (long)rows.First;
            length = checked((int)rows.ValuesLen);
            if (values.Length < length)
            {
                values = new byte[length];
            }
            Marshal.Copy(rows.Values, values, 0, length);
            if (statuses.Length < count)
            {
                statuses = new byte[count];
                lines = new long[count];
            }
            Marshal.Copy(rows.Statuses, statuses, 0, count);
            Marshal.Copy(rows.Lines, lines, 0, count);
        }

        /// <summary>The next of them; there must be one.</summary>
        internal Batch Take()
        {
            var size = Math.Min(count - taken, Math.Max(1, (int)((long)BatchLength * count / Math.Max(1, length))));
            var starts = new int[size * columns!.Count + 1];
            var at = place;
            for (var i = 1; i < starts.Length; i++)
            {
                if (values[at] == 0xFF)
                {
                    values[at] = (byte)Batch.Null; // as a character
                }
                while (values[at] != 0)
                {
                    at++;
                }
                starts[i] = ++at - place;
            }
            var texts = Encoding.UTF8.GetString(values, place, at - place);
            if (texts.Length < at - place)
            {
                // Not only ASCII: the places of bytes are not those of characters.
                for (var i = 1; i < starts.Length; i++)
                {
                    starts[i] = texts.IndexOf('\0', starts[i - 1]) + 1;
                }
            }
            var batch = new Batch(
                table, columns, first + taken, Part(statuses, taken, size), Part(lines, taken, size), texts, starts);
            taken += size;
            place = at;
            return batch;
        }

        private static T[] Part<T>(T[] array, int from, int count)
        {
            var part = new T[count];
            Array.Copy(array, from, part, 0, count);
            return part;
        }
    }
}
