using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>What a packet has that its format does not allow, and where: see <see cref="PacketReader.Check"/>.</summary>
    public sealed class Mistake
    {
        private Mistake(in dmerp_mistake mistake)
        {
            Line = (long)mistake.Line;
            Table = Utf8.Decode(mistake.Table);
            Record = mistake.Record != 0 ? (long)mistake.Record : (long?)null;
            Field = Utf8.Decode(mistake.Field);
            What = Utf8.Decode(mistake.What)!;
        }

        /// <summary>The line of the packet, counted from 1.</summary>
        public long Line { get; }

        /// <summary>The table; null outside a table.</summary>
        public string? Table { get; }

        /// <summary>The record's number in its table, counted from 1; null outside a record.</summary>
        public long? Record { get; }

        /// <summary>The field; null outside a field.</summary>
        public string? Field { get; }

        /// <summary>What is wrong, in a sentence.</summary>
        public string What { get; }

        /// <summary>For logs: all of it, on one line.</summary>
        public override string ToString() =>
            "line " + Line + (Table != null ? ", table " + Table : "") + (Record != null ? ", record " + Record : "")
            + (Field != null ? ", field " + Field : "") + ": " + What;

        /// <summary>A copy of the library's list, which is freed.</summary>
        internal static IReadOnlyList<Mistake> Each(IntPtr mistakes)
        {
            var native = NativeMethods.Loaded;
            try
            {
                var each = new Mistake[(int)native.dmerp_mistakes_len(mistakes)];
                for (var i = 0; i < each.Length; i++)
                {
                    var status = native.dmerp_mistakes_get(mistakes, (UIntPtr)(uint)i, out var mistake, out var error);
                    DmerpException.ThrowIf(status, error);
                    each[i] = new Mistake(mistake);
                }
                return new ReadOnlyCollection<Mistake>(each);
            }
            finally
            {
                native.dmerp_mistakes_free(mistakes);
            }
        }
    }
}
