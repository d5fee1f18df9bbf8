using System;
using System.Data;
using System.Globalization;

namespace Dmerp
{
    /// <summary>Makes rows of a table out of records.</summary>
    internal sealed class Filling
    {
        private readonly DataTable table;
        private readonly bool growing;

        internal Filling(DataTable table)
        {
            this.table = table;
            growing = table.Columns.Count == 0;
        }

        internal void Add(Record record)
        {
            foreach (var name in record.Names)
            {
                if (growing && !table.Columns.Contains(name))
                {
                    table.Columns.Add(name, typeof(string));
                }
            }
            var row = table.NewRow();
            foreach (var name in record.Names)
            {
                if (table.Columns[name] is DataColumn column)
                {
                    row[column] = Value(record, name, column.DataType) ?? DBNull.Value;
                }
            }
            table.Rows.Add(row);
            if (record.Status != RecordStatus.Insert)
            {
                row.AcceptChanges();
            }
            if (record.Status == RecordStatus.Update)
            {
                row.SetModified();
            }
            if (record.Status == RecordStatus.Delete)
            {
                row.Delete();
            }
        }

        private static object? Value(Record record, string name, Type type)
        {
            if (type == typeof(string) || type == typeof(object))
            {
                return record[name];
            }
            if (type == typeof(bool))
            {
                return record.GetBoolean(name);
            }
            if (type == typeof(decimal))
            {
                return record.GetDecimal(name);
            }
            if (type == typeof(double) || type == typeof(float))
            {
                return record.GetDouble(name);
            }
            if (type == typeof(DateTime))
            {
                return record[name]!.Trim().Length == 10 ? record.GetDate(name) : record.GetInstant(name)?.UtcDateTime;
            }
            if (type == typeof(DateTimeOffset))
            {
                return record.GetInstant(name);
            }
            if (type == typeof(TimeSpan))
            {
                return record.GetTime(name);
            }
            if (type == typeof(Guid))
            {
                return Guid.Parse(record[name]!);
            }
            if (type == typeof(byte[]))
            {
                return record.GetBytes(name);
            }
            return record.GetInt64(name); // DataRow converts it
        }
    }
}
