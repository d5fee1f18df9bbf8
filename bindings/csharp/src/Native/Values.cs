using System;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>
    /// Texts for the library, one behind the other, each ended by a NUL, in one array that is used again and again: names, and
    /// values in the forms of a packet, whatever the culture.
    /// </summary>
    internal sealed class Values
    {
        private const double SmallestNormal = 2.2250738585072014e-308;

        private readonly PacketWriterOptions options;
        private readonly Func<string, string, Exception> refuse;
        private byte[] bytes = new byte[1024];

        /// <summary>What refuses a value is given the field's name and what is wrong, and makes the exception.</summary>
        internal Values(PacketWriterOptions options, Func<string, string, Exception> refuse)
        {
            this.options = options;
            this.refuse = refuse;
        }

        internal byte[] Bytes => bytes;

        internal int Length { get; private set; }

        /// <summary>Takes off what is behind a place.</summary>
        internal void CutTo(int length) => Length = length;

        /// <summary>Takes off what is before a place.</summary>
        internal void DropTo(int place)
        {
            Buffer.BlockCopy(bytes, place, bytes, 0, Length - place);
            Length -= place;
        }

        /// <summary>A text of the one byte 0xFF is a null.</summary>
        internal void AddNull()
        {
            Reserve(2);
            bytes[Length] = 0xFF;
            bytes[Length + 1] = 0;
            Length += 2;
        }

        /// <summary>Adds a value in its form; a null adds nothing, and is false.</summary>
        internal bool Add(string field, object? value, Lazy<bool>? isDate = null)
        {
            if (options.Converter != null)
            {
                value = options.Converter(field, value is DBNull ? null : value);
            }
            if (value == null || value is DBNull)
            {
                return false;
            }
            if (value is Enum)
            {
                var name = value.ToString()!;
                if (name[0] == '_' || char.IsLetter(name[0]))
                {
                    Add(name);
                    return true;
                }
                // It has none, and this is its number, in the form of the culture.
                value = Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), CultureInfo.InvariantCulture);
            }
            switch (Type.GetTypeCode(value.GetType())) // the value itself, if it is an IConvertible, may say that of another type
            {
                case TypeCode.String:
                    Add((string)value);
                    break;
                case TypeCode.SByte:
                case TypeCode.Byte:
                case TypeCode.Int16:
                case TypeCode.UInt16:
                case TypeCode.Int32:
                case TypeCode.UInt32:
                case TypeCode.Int64:
                    AddNumber(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case TypeCode.UInt64:
                case TypeCode.Decimal:
                case TypeCode.Char:
                    Add(Convert.ToString(value, CultureInfo.InvariantCulture)!);
                    break;
                case TypeCode.Boolean:
                    Add((bool)value ? "true" : "false");
                    break;
                case TypeCode.DateTime:
                    AddDateTime(field, (DateTime)value, isDate);
                    break;
                case TypeCode.Single: // by its own shortest text, which has fewer digits
                    var single = (float)value;
                    var text = single.ToString("R", CultureInfo.InvariantCulture);
                    AddReal(field, single == 0 ? single : double.Parse(text, CultureInfo.InvariantCulture));
                    break;
                case TypeCode.Double:
                    AddReal(field, (double)value);
                    break;
                default:
                    AddOther(field, value);
                    break;
            }
            return true;
        }

        /// <summary>
        /// Adds a text and its NUL. A U+0000 becomes C0 80, and half a surrogate pair the three bytes of its number: the library
        /// knows both for characters that XML cannot carry.
        /// </summary>
        internal void Add(string text)
        {
            Reserve(3 * text.Length + 1);
            var to = bytes;
            var at = Length;
            for (var i = 0; i < text.Length; i++)
            {
                int letter = text[i];
                if (letter < 0x80 && letter != 0)
                {
                    to[at++] = (byte)letter;
                    continue;
                }
                if (letter < 0x800)
                {
                    to[at++] = (byte)(0xC0 | letter >> 6);
                }
                else
                {
                    if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                    {
                        letter = char.ConvertToUtf32(text[i], text[++i]);
                        to[at++] = (byte)(0xF0 | letter >> 18);
                        to[at++] = (byte)(0x80 | letter >> 12 & 0x3F);
                    }
                    else
                    {
                        to[at++] = (byte)(0xE0 | letter >> 12);
                    }
                    to[at++] = (byte)(0x80 | letter >> 6 & 0x3F);
                }
                to[at++] = (byte)(0x80 | letter & 0x3F);
            }
            to[at++] = 0;
            Length = at;
        }

        private void AddOther(string field, object value)
        {
            if (value is byte[] bytes)
            {
                Add(Convert.ToBase64String(bytes));
            }
            else if (value is DateTimeOffset moment)
            {
                AddInstant(moment.UtcDateTime);
            }
            else if (value is TimeSpan time)
            {
                AddTime(field, time);
            }
            else if (value is Guid id)
            {
                Add(id.ToString());
            }
            else
            {
                Add(OfNewer(value) ?? throw refuse(
                    field, "a packet has no form for a " + value.GetType() + "; give a text, or let a Converter make one"));
            }
        }

        private void AddNumber(long number)
        {
            Reserve(22);
            var rest = number < 0 ? 0 - (ulong)number : (ulong)number;
            if (number < 0)
            {
                Put('-');
            }
            var digits = 1;
            for (var limit = rest / 10; limit > 0; limit /= 10)
            {
                digits++;
            }
            for (var i = Length + digits; i-- > Length; rest /= 10)
            {
                bytes[i] = (byte)('0' + rest % 10);
            }
            Length += digits;
            Put('\0');
        }

        private void AddReal(string field, double number)
        {
            if (double.IsNaN(number) || double.IsInfinity(number))
            {
                throw refuse(field, "a packet has no form for " + number.ToString(CultureInfo.InvariantCulture));
            }
            Add(Shortest(number));
        }

        private void AddDateTime(string field, DateTime time, Lazy<bool>? isDate)
        {
            if (time.TimeOfDay == TimeSpan.Zero && isDate?.Value == true)
            {
                AddDate(time);
                Put('\0');
                return;
            }
            if (time.Kind != DateTimeKind.Unspecified)
            {
                AddInstant(time.ToUniversalTime());
                return;
            }
            var zone = options.TimeZone;
            var offset = zone.IsAmbiguousTime(time) ? zone.GetAmbiguousTimeOffsets(time).Max() : zone.GetUtcOffset(time);
            var ticks = time.Ticks - offset.Ticks;
            if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
            {
                var local = time.ToString("s", CultureInfo.InvariantCulture);
                throw refuse(field, local + " in " + zone.Id + " is outside the years 1 to 9999 in UTC");
            }
            AddInstant(new DateTime(ticks));
        }

        private void AddInstant(DateTime utc)
        {
            AddDate(utc);
            Put('T');
            PutTime(utc.TimeOfDay);
            Put('Z');
            Put('\0');
        }

        private void AddTime(string field, TimeSpan time)
        {
            if (time < TimeSpan.Zero || time >= TimeSpan.FromDays(1))
            {
                throw refuse(field, time + " is no time of a day");
            }
            Reserve(16);
            PutTime(time);
            if (time.Milliseconds == 0)
            {
                Put('Z');
            }
            Put('\0');
        }

        private void AddDate(DateTime date)
        {
            Reserve(32);
            Put(date.Year / 100);
            Put(date.Year % 100);
            Put('-');
            Put(date.Month);
            Put('-');
            Put(date.Day);
        }

        private void PutTime(TimeSpan time)
        {
            Put(time.Hours);
            Put(':');
            Put(time.Minutes);
            Put(':');
            Put(time.Seconds);
            if (time.Milliseconds > 0)
            {
                Put('.');
                Put(time.Milliseconds / 10);
                Put((char)('0' + time.Milliseconds % 10));
            }
        }

        /// <summary>Two digits.</summary>
        private void Put(int number)
        {
            Put((char)('0' + number / 10));
            Put((char)('0' + number % 10));
        }

        private void Put(char letter) => bytes[Length++] = (byte)letter;

        private void Reserve(int count)
        {
            if (bytes.Length - Length < count)
            {
                Array.Resize(ref bytes, Math.Max(2 * bytes.Length, checked(Length + count)));
            }
        }

        /// <summary>The form of a type that .NET Standard 2.0 does not have; null of any other.</summary>
        private static string? OfNewer(object value)
        {
            switch (value.GetType().FullName)
            {
                case "System.DateOnly":
                    return ((IFormattable)value).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                case "System.TimeOnly":
                    var text = ((IFormattable)value).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
                    return text.EndsWith(".000", StringComparison.Ordinal) ? text.Substring(0, 8) + "Z" : text;
                default:
                    return null;
            }
        }

        /// <summary>The shortest text that is read as the same number, without an exponent.</summary>
        private static string Shortest(double number)
        {
            if (number == 0)
            {
                return 1 / number < 0 ? "-0" : "0"; // .NET Framework and Mono do not tell them apart
            }
            // Any 15 digits are a number of their own, but not among the smallest ones.
            var count = Math.Abs(number) < SmallestNormal ? 1 : 15;
            var text = number.ToString("G" + count, CultureInfo.InvariantCulture);
            while (count < 17 && !Reads(text, number))
            {
                text = number.ToString("G" + ++count, CultureInfo.InvariantCulture);
            }
            var exponent = text.IndexOf('E');
            if (exponent < 0)
            {
                return text;
            }
            var sign = number < 0 ? "-" : "";
            var digits = text.Substring(sign.Length, exponent - sign.Length).Replace(".", "");
            var whole = 1 + int.Parse(text.Substring(exponent + 1), CultureInfo.InvariantCulture);
            // An exponent of more than 0 has G only where all digits are before the point.
            return sign + (whole > 0 ? digits.PadRight(whole, '0') : "0." + digits.PadLeft(digits.Length - whole, '0'));
        }

        /// <summary>Asks the library: the parsers of .NET Framework and Mono are not exact.</summary>
        private static bool Reads(string text, double number)
        {
            var pin = GCHandle.Alloc(Encoding.ASCII.GetBytes(text), GCHandleType.Pinned);
            try
            {
                var value = new dmerp_value
                {
                    Kind = (int)ValueKind.Text,
                    Text = pin.AddrOfPinnedObject(),
                    Len = (UIntPtr)(uint)text.Length,
                };
                var status = NativeMethods.Loaded.dmerp_value_read(ref value, (int)ValueKind.Real, out var read, out var error);
                return DmerpException.Take(status, error) == null && read.Real.Equals(number); // rounded up, the largest is none
            }
            finally
            {
                pin.Free();
            }
        }
    }
}
