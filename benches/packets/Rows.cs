// What both programs in C# write: a database's rows of native values, most of them made before the first record.

using System;
using System.Data;
using System.IO;
using System.Linq;

/// <summary>Rows as a command's ExecuteReader() gives them, as far as one reads them.</summary>
sealed class Rows : IDataReader
{
    const int Pool = 1000;

    static readonly string[] Names = { "NO", "DESCRIPTION", "QUANTITY", "PRICE", "DUEDATE", "CHANGED", "BLOCKED", "NOTE" };
    static readonly string[] DatabaseTypes = { "varchar", "varchar", "bigint", "decimal", "date", "datetime", "bit", "varchar" };

    readonly object[][] pool;
    readonly long count;
    object[] row;
    long number;

    public Rows(string texts, long count)
    {
        this.count = count;
        var lines = File.ReadAllLines(texts);
        var half = lines.Length / 2;
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        pool = Enumerable.Range(0, Pool).Select(i => new object[]
        {
            null,
            lines[i % half],
            (long)(i * 7 % 1000 - 100),
            new decimal(i * 3737 % 100000, 0, 0, false, 2),
            start.AddDays(i % 365),
            start.AddSeconds(i * 30011),
            i % 3 == 0,
            lines[half + i % half],
        }).ToArray();
    }

    public bool Read()
    {
        if (number == count)
        {
            return false;
        }
        row = pool[number % Pool];
        row[0] = "I" + number.ToString("D7");
        number++;
        return true;
    }

    public int FieldCount => Names.Length;
    public string GetName(int i) => Names[i];
    public int GetOrdinal(string name) => Array.IndexOf(Names, name);
    public string GetDataTypeName(int i) => DatabaseTypes[i];
    public Type GetFieldType(int i) => pool[1][i]?.GetType() ?? typeof(string);
    public object this[int i] => row[i];
    public object this[string name] => row[GetOrdinal(name)];
    public bool IsDBNull(int i) => false;
    public object GetValue(int i) => row[i];
    public string GetString(int i) => (string)row[i];
    public long GetInt64(int i) => (long)row[i];
    public decimal GetDecimal(int i) => (decimal)row[i];
    public DateTime GetDateTime(int i) => (DateTime)row[i];
    public bool GetBoolean(int i) => (bool)row[i];

    public int GetValues(object[] values)
    {
        var length = Math.Min(values.Length, row.Length);
        Array.Copy(row, values, length);
        return length;
    }

    public bool IsClosed => false;
    public int Depth => 0;
    public int RecordsAffected => -1;
    public bool NextResult() => false;
    public void Close() { }
    public void Dispose() { }

    public byte GetByte(int i) => throw new InvalidCastException();
    public char GetChar(int i) => throw new InvalidCastException();
    public short GetInt16(int i) => throw new InvalidCastException();
    public int GetInt32(int i) => throw new InvalidCastException();
    public float GetFloat(int i) => throw new InvalidCastException();
    public double GetDouble(int i) => throw new InvalidCastException();
    public Guid GetGuid(int i) => throw new InvalidCastException();
    public long GetBytes(int i, long offset, byte[] buffer, int at, int length) => throw new InvalidCastException();
    public long GetChars(int i, long offset, char[] buffer, int at, int length) => throw new InvalidCastException();
    public IDataReader GetData(int i) => throw new NotSupportedException();
    public DataTable GetSchemaTable() => throw new NotSupportedException();
}
