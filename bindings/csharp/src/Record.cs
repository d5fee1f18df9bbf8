using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// A record of a packet, and a list of its fields with their texts. Immutable; it stays valid when its reader goes on or is
    /// disposed, and any thread may use it.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The Get methods read a field's text as a value of another type. They ignore white space around it. They return null if
    /// the record does not have the field, and if its text is empty. If the text is no such value, they throw a
    /// <see cref="DmerpException"/> with <see cref="Status.InvalidArgument"/>, which names line, table, record and field.
    /// </para>
    /// <para>Whoever made the packet chose the names and the texts. Check them before you build a path or a query of them.</para>
    /// </remarks>
    public sealed class Record : IEnumerable<KeyValuePair<string, string>>
    {
        private static readonly DateTime Epoch = new DateTime(1970, 1, 1);

        private readonly Batch batch;
        private readonly int row;

        internal Record(Batch batch, int row)
        {
            this.batch = batch;
            this.row = row;
        }

        /// <summary>The record's table.</summary>
        public string Table => batch.Table;

        /// <summary>The record's element: <c>r</c>, unless the <see cref="PacketReaderOptions"/> let others through.</summary>
        public string Element => batch.Element;

        /// <summary>What the record asks for.</summary>
        public RecordStatus Status => (RecordStatus)batch.Statuses[row];

        /// <summary>The record's number in its table, counted from 1.</summary>
        public long Number => batch.First + row;

        /// <summary>The line of the packet in which the record begins, counted from 1.</summary>
        public long Line => batch.Lines[row];

        /// <summary>The record's own attributes, less its status, if that is a known one.</summary>
        public IReadOnlyDictionary<string, string> Attributes => batch.Attributes;

        /// <summary>The names of the fields that the record has, in their order.</summary>
        public IReadOnlyList<string> Names => batch.Names(row);

        private static NativeMethods Native => NativeMethods.Loaded;

        /// <summary>The field's text; null if the record does not have the field.</summary>
        public string? this[string name] => batch.Text(row, name ?? throw new ArgumentNullException(nameof(name)));

        /// <summary>The attributes of a field, such as <c>validate</c>; empty if the record does not have the field.</summary>
        public IReadOnlyDictionary<string, string> FieldAttributes(string name) =>
            batch.FieldAttributes(name ?? throw new ArgumentNullException(nameof(name)));

        /// <summary>A truth value: true and false, in any case, and 1 and 0.</summary>
        public bool? GetBoolean(string name) => Read(name, ValueKind.Bool, value => value.Integer != 0);

        /// <summary>A whole number.</summary>
        public long? GetInt64(string name) => Read(name, ValueKind.Integer, value => value.Integer);

        /// <summary>
        /// A number with a decimal point. One that is too large for a decimal, or has more digits than a decimal holds, is no
        /// such value: nothing is rounded.
        /// </summary>
        public decimal? GetDecimal(string name) => Read(name, ValueKind.Decimal, value =>
        {
            var digits = Encoding.ASCII.GetString(Utf8.Bytes(value.Text, (long)value.Len));
            if (!decimal.TryParse(digits, NumberStyles.Number, CultureInfo.InvariantCulture, out var number))
            {
                throw DmerpException.OfValue(Place(name) + digits + " is too large for a decimal");
            }
            return Significant(number.ToString(CultureInfo.InvariantCulture)) == Significant(digits) ? number
                : throw DmerpException.OfValue(Place(name) + digits + " has more digits than a decimal holds");
        });

        /// <summary>A number with a decimal point, as a floating number.</summary>
        public double? GetDouble(string name) => Read(name, ValueKind.Real, value => value.Real);

        /// <summary>A date.</summary>
        public DateTime? GetDate(string name) => Read(name, ValueKind.Date, value => Epoch.AddDays(value.Integer));

        /// <summary>A time of the day.</summary>
        public TimeSpan? GetTime(string name) =>
            Read(name, ValueKind.Time, value => new TimeSpan(value.Integer * TimeSpan.TicksPerMillisecond));

        /// <summary>A moment, with or without milliseconds, in UTC.</summary>
        public DateTimeOffset? GetInstant(string name) =>
            Read(name, ValueKind.Instant, value => DateTimeOffset.FromUnixTimeMilliseconds(value.Integer));

        /// <summary>Bytes, from base64 or a data URL.</summary>
        public byte[]? GetBytes(string name)
        {
            byte[]? bytes = null;
            if (string.IsNullOrWhiteSpace(this[name]))
            {
                return bytes;
            }
            Use(name, text =>
            {
                var status = Native.dmerp_value_bytes(ref text, out var buffer, out var error);
                ThrowIf(status, error, name);
                try
                {
                    bytes = Utf8.Bytes(buffer);
                }
                finally
                {
                    Native.dmerp_buffer_free(ref buffer);
                }
            });
            return bytes;
        }

        /// <summary>The record's fields with their texts, in their order.</summary>
        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
            Names.Select(name => new KeyValuePair<string, string>(name, this[name]!)).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <summary>For logs: table, number, status and fields.</summary>
        public override string ToString() =>
            "table " + Table + ", record " + Number + ", " + Status + ": "
            + string.Join(", ", this.Select(field => field.Key + "=" + field.Value));

        /// <summary>The place of a field, or of the record, as the library's own messages begin.</summary>
        internal string Place(string? name = null) =>
            "line " + Line + ", table " + Table + ", record " + Number + (name != null ? ", field " + name : "") + ": ";

        /// <summary>A number's digits and its decimal point, less the zeros that change nothing.</summary>
        private static string Significant(string number)
        {
            var digits = number.TrimStart('+', '-', '0');
            return digits.IndexOf('.') >= 0 ? digits.TrimEnd('0').TrimEnd('.') : digits;
        }

        private Nullable<T> Read<T>(string name, ValueKind kind, Func<dmerp_value, T> convert) where T : struct
        {
            Nullable<T> result = null;
            Use(name, text =>
            {
                ThrowIf(Native.dmerp_value_read(ref text, (int)kind, out var value, out var error), error, name);
                if (value.Kind != (int)ValueKind.Null)
                {
                    result = convert(value);
                }
            });
            return result;
        }

        /// <summary>Lends the library the field's text, if the record has the field.</summary>
        private void Use(string name, Action<dmerp_value> use)
        {
            if (!(this[name] is string text))
            {
                return;
            }
            var bytes = Utf8.Encode(text, name);
            var pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            try
            {
                use(new dmerp_value
                {
                    Kind = (int)ValueKind.Text,
                    Text = pin.AddrOfPinnedObject(),
                    Len = (UIntPtr)(uint)(bytes.Length - 1),
                });
            }
            finally
            {
                pin.Free();
            }
        }

        private void ThrowIf(int status, IntPtr error, string name)
        {
            if (status != 0)
            {
                throw DmerpException.Take(status, error, place: Place(name))!;
            }
        }
    }
}
