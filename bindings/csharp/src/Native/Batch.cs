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

        private readonly IReadOnlyDictionary<string, string>[]? fieldAttributes; // of each column; null for none

        /// <summary>Records without attributes.</summary>
        internal Batch(
            string table, Columns columns, long first, byte[] statuses, long[] lines, byte[] bytes, int[] starts)
        {
            Table = table;
            Element = "r";
            Columns = columns;
            First = first;
            Statuses = statuses;
            Lines = lines;
            Bytes = bytes;
            Starts = starts;
            Attributes = NoAttributes;
        }

        /// <summary>One record.</summary>
        internal Batch(in dmerp_record record)
        {
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
            fieldAttributes = fields.Select(field => Utf8.Pairs(field.Attributes, field.AttributesLen)).ToArray();
            Bytes = new byte[Starts[fields.Length]];
            for (var i = 0; i < fields.Length; i++)
            {
                Marshal.Copy(fields[i].Value.Text, Bytes, Starts[i], (int)fields[i].Value.Len);
            }
        }

        internal int Count => Statuses.Length;

        internal string Table { get; }

        internal string Element { get; }

        internal Columns Columns { get; }

        /// <summary>The number of the first record.</summary>
        internal long First { get; }

        internal byte[] Statuses { get; }

        internal long[] Lines { get; }

        /// <summary>Of each record.</summary>
        internal IReadOnlyDictionary<string, string> Attributes { get; }


        /// <summary>The values, row after row.</summary>
        internal byte[] Bytes { get; }

        /// <summary>Where each value begins, and the end.</summary>
        private int[] Starts { get; }

        internal IReadOnlyDictionary<string, string> AttributesOf(string name) =>
            fieldAttributes != null && Columns.TryGet(name, out var column) ? fieldAttributes[column] : NoAttributes;

        /// <summary>The names of the fields that a record has; most have all.</summary>
        internal IReadOnlyList<string> Names(int row)
        {
            for (var column = 0; column < Columns.Names.Length; column++)
            {
                if (!TryFind(row, column, out _, out _))
                {
                    return Columns.Names.Where((_, other) => TryFind(row, other, out var start, out var length)).ToList();
                }
            }
            return Columns.List;
        }

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
