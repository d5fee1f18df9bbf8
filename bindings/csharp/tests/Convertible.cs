using System;

namespace Dmerp.Tests
{
    /// <summary>A value that says of itself that it is another, as those of some JSON libraries and drivers do.</summary>
    public sealed class Convertible : IConvertible
    {
        private readonly TypeCode code;

        public Convertible(TypeCode code) => this.code = code;

        public TypeCode GetTypeCode() => code;

        public bool ToBoolean(IFormatProvider provider) => true;

        public byte ToByte(IFormatProvider provider) => 1;

        public char ToChar(IFormatProvider provider) => '1';

        public DateTime ToDateTime(IFormatProvider provider) => DateTime.MinValue;

        public decimal ToDecimal(IFormatProvider provider) => 1;

        public double ToDouble(IFormatProvider provider) => 1;

        public short ToInt16(IFormatProvider provider) => 1;

        public int ToInt32(IFormatProvider provider) => 1;

        public long ToInt64(IFormatProvider provider) => 1;

        public sbyte ToSByte(IFormatProvider provider) => 1;

        public float ToSingle(IFormatProvider provider) => 1;

        public string ToString(IFormatProvider provider) => "1";

        public object ToType(Type type, IFormatProvider provider) => Convert.ChangeType(1, type, provider);

        public ushort ToUInt16(IFormatProvider provider) => 1;

        public uint ToUInt32(IFormatProvider provider) => 1;

        public ulong ToUInt64(IFormatProvider provider) => 1;
    }
}
