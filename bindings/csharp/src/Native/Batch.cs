using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>Some records. Their values are in one text, each ended by a NUL, and become strings when asked for.</summary>
    internal sealed class Batch
    {
        /// <summary>A text of this one character, which XML cannot carry, says that the record does not have the field.</summary>
        internal const char Null = '\u0001';

        private static readonly IReadOnlyDictionary<string, string> NoAttributes = Utf8.Pairs(IntPtr.Zero, UIntPtr.Zero);

        private readonly Columns columns;
        private readonly string texts; // row after row
        private readonly int[] starts; // of each text, and the end
        private readonly IReadOnlyDictionary<string, string>[]? fieldAttributes; // of each column; null for none

        /// <summary>Records without attributes.</summary>
        internal Batch(
            string table, Columns columns, long first, byte[] statuses, long[] lines, string texts, int[] starts)
        {
            Table = table;
            Element = "r";
            First = first;
            Statuses = statuses;
            Lines = lines;
            Attributes = NoAttributes;
            this.columns = columns;
            this.texts = texts;
            this.starts = starts;
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
            var all = new StringBuilder();
            var fields = new dmerp_field[(int)record.FieldsLen];
            starts = new int[fields.Length + 1];
            for (var i = 0; i < fields.Length; i++)
            {
                fields[i] = Marshal.PtrToStructure<dmerp_field>(IntPtr.Add(record.Fields, i * Marshal.SizeOf<dmerp_field>()));
                all.Append(Utf8.Decode(fields[i].Value.Text)).Append('\0');
                starts[i + 1] = all.Length;
            }
            texts = all.ToString();
            columns = new Columns(fields.Select(field => Utf8.Decode(field.Name)!));
            fieldAttributes = fields.Select(field => Utf8.Pairs(field.Attributes, field.AttributesLen)).ToArray();
        }

        internal int Count => Statuses.Length;

        internal string Table { get; }

        internal string Element { get; }

        /// <summary>The number of the first record.</summary>
        internal long First { get; }

        internal byte[] Statuses { get; }

        internal long[] Lines { get; }

        /// <summary>Of each record.</summary>
        internal IReadOnlyDictionary<string, string> Attributes { get; }

        /// <summary>A record's value of a field; null if it does not have the field.</summary>
        internal string? Text(int row, string name)
        {
            var column = columns.Find(name);
            return column >= 0 && Has(row, column) ? texts.Substring(Start(row, column), Length(row, column)) : null;
        }

        internal IReadOnlyDictionary<string, string> FieldAttributes(string name)
        {
            var column = columns.Find(name);
            return column >= 0 && fieldAttributes != null ? fieldAttributes[column] : NoAttributes;
        }

        /// <summary>The names of the fields that a record has; most have all.</summary>
        internal IReadOnlyList<string> Names(int row)
        {
            for (var column = 0; column < columns.Count; column++)
            {
                if (!Has(row, column))
                {
                    return columns.Names.Where((_, other) => Has(row, other)).ToList();
                }
            }
            return columns.Names;
        }

        private bool Has(int row, int column) => Length(row, column) != 1 || texts[Start(row, column)] != Null;

        private int Start(int row, int column) => starts[row * columns.Count + column];

        private int Length(int row, int column) => starts[row * columns.Count + column + 1] - 1 - Start(row, column);
    }
}
