using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>
    /// A copy of records that the library handed over. Their values stay bytes until they are asked for; each is ended by a NUL.
    /// </summary>
    internal sealed class Batch
    {
        private static readonly IReadOnlyDictionary<string, string> NoAttributes = Utf8.Pairs(IntPtr.Zero, UIntPtr.Zero);

        /// <summary>Rows of the same fields. The batch before this one often has the same.</summary>
        internal Batch(in dmerp_rows rows, Batch? before)
        {
            Count = (int)rows.Count;
            Table = Utf8.Decode(rows.Table)!;
            Element = "r";
            Columns = Columns.Of(Utf8.Bytes(rows.Names, (long)rows.NamesLen), before?.Columns);
            First = (long)rows.First;
            Statuses = Utf8.Bytes(rows.Statuses, Count);
            Lines = new long[Count];
            Marshal.Copy(rows.Lines, Lines, 0, Count);
            Attributes = NoAttributes;
            FieldAttributes = Columns.Names.Select(name => NoAttributes).ToArray();
            Bytes = Utf8.Bytes(rows.Values, (long)rows.ValuesLen);
            Starts = new int[Count * Columns.Names.Length + 1];
            for (int i = 1, at = 0; i < Starts.Length; i++)
            {
                while (Bytes[at] != 0)
                {
                    at++;
                }
                Starts[i] = ++at;
            }
        }

        /// <summary>One record.</summary>
        internal Batch(in dmerp_record record)
        {
            Count = 1;
            Table = Utf8.Decode(record.Table)!;
            Element = Utf8.Decode(record.Element)!;
            First = (long)record.Number;
            Statuses = new[] { (byte)record.Status };
            Lines = new[] { (long)record.Line };
            Attributes = Utf8.Pairs(record.Attributes, record.AttributesLen);
            var fields = new dmerp_field[(int)record.FieldsLen];
            Starts = new int[fields.Length + 1];
            for (var i = 0; i < fields.Length; i++)
            {
                fields[i] = Marshal.PtrToStructure<dmerp_field>(IntPtr.Add(record.Fields, i * Marshal.SizeOf<dmerp_field>()));
                Starts[i + 1] = checked(Starts[i] + (int)fields[i].Value.Len + 1);
            }
            Columns = new Columns(fields.Select(field => Utf8.Decode(field.Name)!));
            FieldAttributes = fields.Select(field => Utf8.Pairs(field.Attributes, field.AttributesLen)).ToArray();
            Bytes = new byte[Starts[fields.Length]];
            for (var i = 0; i < fields.Length; i++)
            {
                Marshal.Copy(fields[i].Value.Text, Bytes, Starts[i], (int)fields[i].Value.Len);
            }
        }

        internal int Count { get; }

        internal string Table { get; }

        internal string Element { get; }

        internal Columns Columns { get; }

        /// <summary>The first record's number.</summary>
        internal long First { get; }

        internal byte[] Statuses { get; }

        internal long[] Lines { get; }

        /// <summary>Of each record.</summary>
        internal IReadOnlyDictionary<string, string> Attributes { get; }

        /// <summary>Of each column.</summary>
        internal IReadOnlyDictionary<string, string>[] FieldAttributes { get; }

        internal byte[] Bytes { get; }

        /// <summary>Where each value is in the bytes, row after row, and the end.</summary>
        private int[] Starts { get; }

        /// <summary>Finds a value; false if the record does not have it.</summary>
        internal bool TryFind(int row, int column, out int start, out int length)
        {
            var place = row * Columns.Names.Length + column;
            start = Starts[place];
            length = Starts[place + 1] - 1 - start;
            return length != 1 || Bytes[start] != 0xFF;
        }
    }
}
