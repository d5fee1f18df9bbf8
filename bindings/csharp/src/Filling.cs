using System;
using System.Collections.Generic;
using System.Data;
using System.Globalization;

namespace Dmerp
{
    /// <summary>Makes rows of a table out of records.</summary>
    internal sealed class Filling
    {
        private readonly DataTable table;
        private readonly bool growing;
        private string? source; // the table of the packet
        private IReadOnlyList<string> names = new string[0]; // of the record before, which mostly are those of the next
        private DataColumn?[] columns = new DataColumn?[0];

        internal Filling(DataTable table)
        {
            this.table = table;
            growing = table.Columns.Count == 0;
        }

        internal void Add(Record record)
        {
            if ((source = source ?? record.Table) != record.Table)
            {
                throw new DataException(record.Place() + "the records of " + source + " have the same table, " + table.TableName);
            }
            var own = record.Names;
            if (!ReferenceEquals(names, own))
            {
                columns = FindColumns(record, own);
                names = own;
            }
            var row = table.NewRow();
            try
            {
                for (var i = 0; i < columns.Length; i++)
                {
                    if (columns[i] is DataColumn column)
                    {
                        row[column] = Value(record, names[i], column.DataType) ?? DBNull.Value;
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
            catch (Exception error) when (error is DataException || error is ArgumentException)
            {
                throw new DataException(record.Place() + error.Message, error);
            }
        }

        /// <summary>Finds the column of each field, whatever the case of its name, and makes those that are missing.</summary>
        private DataColumn?[] FindColumns(Record record, IReadOnlyList<string> own)
        {
            var found = new List<DataColumn?>();
            foreach (var name in own)
            {
                if (growing && !table.Columns.Contains(name))
                {
                    table.Columns.Add(name, typeof(string));
                }
                var column = table.Columns[name];
                if (column != null && found.Contains(column))
                {
                    throw new DataException(
                        record.Place(name) + "another field of the record has the same column, " + column.ColumnName);
                }
                if (column != null && !CanFill(column.DataType))
                {
                    throw new DataException(record.Place(name) + "a column of " + column.DataType + " cannot be filled");
                }
                found.Add(column);
            }
            return found.ToArray();
        }

        private static bool CanFill(Type type) => Type.GetTypeCode(type) == TypeCode.Object
            ? type == typeof(object) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan) || type == typeof(Guid)
                || type == typeof(byte[])
            : !type.IsEnum;

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
            if (type == typeof(double))
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
            if (type == typeof(byte[]))
            {
                return record.GetBytes(name);
            }
            return string.IsNullOrEmpty(record[name]) ? null : Converted(record, name, type);
        }

        /// <summary>A value of a type that a packet does not have.</summary>
        private static object? Converted(Record record, string name, Type type)
        {
            var text = record[name]!;
            try
            {
                if (type == typeof(char))
                {
                    return char.Parse(text);
                }
                if (string.IsNullOrWhiteSpace(text))
                {
                    return null;
                }
                if (type == typeof(Guid))
                {
                    return Guid.Parse(text);
                }
                if (type == typeof(ulong))
                {
                    return ulong.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);
                }
                if (type == typeof(float))
                {
                    var number = (float)record.GetDouble(name)!;
                    return float.IsInfinity(number) ? throw new OverflowException("It is too large.") : number;
                }
                return Convert.ChangeType(record.GetInt64(name), type, CultureInfo.InvariantCulture);
            }
            catch (Exception error) when (error is FormatException || error is OverflowException)
            {
                var problem = "\"" + text + "\" is no " + type.Name + ": " + error.Message;
                throw DmerpException.OfValue(record.Place(name) + problem, error);
            }
        }
    }
}
