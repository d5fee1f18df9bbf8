using System;
using System.Collections.Generic;
using System.Data;
using System.Linq;

namespace Dmerp.Tests
{
    /// <summary>Rows as a database gives them, with the types' names that it has for the columns.</summary>
    public sealed class RowReader : IDataReader
    {
        private readonly string[] names;
        private readonly string[] types;
        private readonly IEnumerator<object[]> rows;

        /// <summary>A column is its name and its type's, such as "DAY date"; or its name alone, and it tells no type.</summary>
        public RowReader(string[] columns, IEnumerable<object[]> rows)
        {
            names = Array.ConvertAll(columns, column => column.Split(' ')[0]);
            types = Array.ConvertAll(columns, column => column.Split(' ').ElementAtOrDefault(1));
            this.rows = rows.GetEnumerator();
        }

        public int FieldCount => names.Length;

        public int Depth => 0;

        public bool IsClosed => false;

        public int RecordsAffected => -1;

        /// <summary>What it throws where it tells no type.</summary>
        public Exception NoType { get; set; } = new NotImplementedException();

        public object this[int i] => GetValue(i);

        public object this[string name] => GetValue(GetOrdinal(name));

        public bool Read() => rows.MoveNext();

        public string GetName(int i) => names[i];

        public string GetDataTypeName(int i) => types[i] ?? throw NoType;

        public Type GetFieldType(int i) => typeof(object);

        public int GetOrdinal(string name) => Array.IndexOf(names, name);

        public object GetValue(int i) => rows.Current[i];

        public int GetValues(object[] values)
        {
            rows.Current.CopyTo(values, 0);
            return names.Length;
        }

        public bool IsDBNull(int i) => GetValue(i) is DBNull;

        public bool NextResult() => false;

        public void Close()
        {
        }

        public void Dispose() => rows.Dispose();

        public DataTable GetSchemaTable() => throw new NotSupportedException();

        public IDataReader GetData(int i) => throw new NotSupportedException();

        public bool GetBoolean(int i) => (bool)GetValue(i);

        public byte GetByte(int i) => (byte)GetValue(i);

        public long GetBytes(int i, long from, byte[] buffer, int at, int length) => throw new NotSupportedException();

        public char GetChar(int i) => (char)GetValue(i);

        public long GetChars(int i, long from, char[] buffer, int at, int length) => throw new NotSupportedException();

        public DateTime GetDateTime(int i) => (DateTime)GetValue(i);

        public decimal GetDecimal(int i) => (decimal)GetValue(i);

        public double GetDouble(int i) => (double)GetValue(i);

        public float GetFloat(int i) => (float)GetValue(i);

        public Guid GetGuid(int i) => (Guid)GetValue(i);

        public short GetInt16(int i) => (short)GetValue(i);

        public int GetInt32(int i) => (int)GetValue(i);

        public long GetInt64(int i) => (long)GetValue(i);

        public string GetString(int i) => (string)GetValue(i);
    }
}
