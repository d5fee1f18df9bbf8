using System;
using System.Collections.Generic;
using System.Data;
using System.Linq;
using System.Runtime.InteropServices;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// Writes a synchronization packet, table by table and record by record, in memory that stays the same whatever the packet's
    /// size: up to 1 MiB is kept in memory, more in an unnamed temporary file, or all in a file of yours: <see cref="ToFile"/>.
    /// Push it with <see cref="Client.Push(PacketWriter, string, string, CallOptions, System.Threading.CancellationToken)"/>.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Values are null and <see cref="DBNull"/>, which are left out; texts; whole numbers, <see cref="decimal"/> and floating
    /// numbers; truth values; <see cref="DateTime"/>, <see cref="DateTimeOffset"/> (instants, written in UTC),
    /// <see cref="TimeSpan"/> (a time of the day), DateOnly and TimeOnly; byte arrays (base64); <see cref="Guid"/>; and enums (by
    /// their name). Each has one form, whatever the culture; parts of a millisecond are cut off.
    /// <see cref="PacketWriterOptions.Converter"/> makes other forms.
    /// </para>
    /// <para>
    /// Errors: a <see cref="DmerpException"/> with <see cref="Status.InvalidArgument"/> for a record that a packet cannot carry,
    /// such as one with a value that has no form. The message names table, record and field. Nothing of that record is written,
    /// and the writer can go on. After <see cref="Status.FileError"/> it cannot: a part of the packet is missing. A source of
    /// records and a Converter cannot use the writer that asks them: <see cref="InvalidOperationException"/>.
    /// </para>
    /// <para>
    /// Dispose it. A packet that is not finished by then is thrown away; a file of that name stays as it was. Any thread may use
    /// a writer, but one at a time.
    /// </para>
    /// </remarks>
    /// <example>
    /// <code>
    /// using (var packet = new PacketWriter())
    /// using (var rows = command.ExecuteReader())
    /// {
    ///     packet.Table("ITEMS", rowId: "NO");
    ///     packet.Records(rows);
    ///     client.Push(packet, "SOFIA01");
    /// }
    /// </code>
    /// </example>
    public sealed class PacketWriter : IDisposable
    {
        // What one call of the library gets at most.
        private const int RowsLength = 32 * 1024;
        private const int RowsCount = 500;

        private readonly Values names;
        private readonly Values values;
        private readonly List<string> columns = new List<string>();
        private string? table; // null if there is none, or the last was refused
        private string? writing; // the method that is at it
        private long countBefore; // of the tables before this one
        private int rows;
        private int rowsEnd;

        /// <summary>Begins a packet.</summary>
        /// <param name="mobileUser">Who the packet is for, which it then tells; null for nobody in particular.</param>
        /// <param name="options">How it is written; null for the usual.</param>
        /// <exception cref="DmerpException">An option or the mobile user cannot be used.</exception>
        public PacketWriter(string? mobileUser = null, PacketWriterOptions? options = null) : this(null, mobileUser, options)
        {
        }

        private PacketWriter(byte[]? file, string? mobileUser, PacketWriterOptions? options)
        {
            options = options ?? new PacketWriterOptions();
            names = new Values(options, FieldRefusal);
            values = new Values(options, FieldRefusal);
            var user = mobileUser != null ? Utf8.Encode(mobileUser, nameof(mobileUser)) : null;
            var status = file != null ? Native.dmerp_packet_writer_new_file(user, file, out var writer, out var error)
                : Native.dmerp_packet_writer_new(user, out writer, out error);
            DmerpException.ThrowIf(status, error);
            Handle = new Handle(writer, Native.dmerp_packet_writer_free);
            try
            {
                Set("status", options.ShortStatus ? "insert" : "inserted");
                Set("state", options.State ? "true" : "false");
                Set("metadata", options.Metadata ? "true" : "false");
                Set("empty_texts", options.OmitEmptyTexts ? "omit" : "write");
                Set("invalid_characters", options.ReplaceInvalidCharacters ? "replace" : "refuse");
                if (options.TempDir != null)
                {
                    Set("temp_dir", options.TempDir);
                }
            }
            catch
            {
                Handle.Dispose();
                throw;
            }
        }

        /// <summary>How many records were written, those of <c>$metadata</c> not counted.</summary>
        public long Count => (long)Handle.Borrow(nameof(PacketWriter), Native.dmerp_packet_writer_count.Invoke);

        /// <summary>
        /// The handle for what changes the packet. Amid records nothing may: they would end up in another table.
        /// </summary>
        internal Handle Idle => writing == null ? Handle : throw new InvalidOperationException(
            "the writer is writing " + writing + ": use it again after that, not in the source of its records or in a Converter");

        private Handle Handle { get; }

        private static NativeMethods Native => NativeMethods.Loaded;

        /// <summary>
        /// Begins a packet in a file, which appears under its name when the packet is finished, and replaces an older file.
        /// </summary>
        /// <param name="path">The file. Its folder must be there; the unfinished packet is in a file beside it.</param>
        /// <param name="mobileUser">Who the packet is for, which it then tells; null for nobody in particular.</param>
        /// <param name="options">How it is written; null for the usual.</param>
        /// <exception cref="DmerpException">
        /// <see cref="Status.FileError"/>; or an option or the mobile user cannot be used.
        /// </exception>
        public static PacketWriter ToFile(string path, string? mobileUser = null, PacketWriterOptions? options = null) =>
            new PacketWriter(Utf8.Encode(path, nameof(path)), mobileUser, options);

        /// <summary>Gives the packet's root an attribute. Before the first table.</summary>
        public void Attribute(string name, string value) =>
            Call(Native.dmerp_packet_writer_attribute, Utf8.Encode(name, nameof(name)), Utf8.Encode(value, nameof(value)));

        /// <summary>
        /// Begins a table. Records follow. A packet has each table once. If a table is refused, so are records until another
        /// begins.
        /// </summary>
        /// <param name="name">The table's name.</param>
        /// <param name="rowId">
        /// The field that is the primary key: its value is written as <c>DMS_ROWID</c>, too. Null for none.
        /// </param>
        public void Table(string name, string? rowId = null)
        {
            Idle.ThrowIfDisposed(nameof(PacketWriter));
            table = null;
            try
            {
                var id = rowId != null ? Utf8.Encode(rowId, nameof(rowId)) : null;
                Call(Native.dmerp_packet_writer_table, Utf8.Encode(name, nameof(name)), id);
            }
            catch (ArgumentException)
            {
                // The library has not seen this one, and must not take its records for those of the table before.
                Handle.Borrow(nameof(PacketWriter), writer => DmerpException.Take(
                    Native.dmerp_packet_writer_table(writer, null!, null, out var error), error));
                throw;
            }
            table = name;
            countBefore = Count;
        }

        /// <summary>Writes a record.</summary>
        /// <param name="fields">The fields' names and values, in their order, such as a dictionary.</param>
        /// <param name="status">What the record asks of who reads it.</param>
        /// <param name="attributes">Attributes of the record, such as <c>directresponse</c>; null for none.</param>
        /// <param name="fieldAttributes">
        /// Attributes of fields, such as <c>validate</c>, by the fields' names; null for none.
        /// </param>
        public void Record(
            IEnumerable<KeyValuePair<string, object?>> fields, RecordStatus status = RecordStatus.Insert,
            IEnumerable<KeyValuePair<string, string>>? attributes = null,
            IReadOnlyDictionary<string, IEnumerable<KeyValuePair<string, string>>>? fieldAttributes = null) =>
            Writing(nameof(Record), () =>
            {
                // Until all texts are in their array, a pointer is a place in it.
                var allFields = new List<dmerp_field>();
                var allAttributes = new List<dmerp_attribute>();
                values.CutTo(0);
                Add(allAttributes, attributes);
                var ofRecord = allAttributes.Count;
                var without = new HashSet<string>(fieldAttributes?.Keys ?? Enumerable.Empty<string>());
                foreach (var field in fields ?? throw new ArgumentNullException(nameof(fields)))
                {
                    var name = AddName(field.Key ?? throw NamelessField());
                    without.Remove(field.Key);
                    var text = values.Length;
                    if (!values.Add(field.Key, field.Value))
                    {
                        continue;
                    }
                    var value = new dmerp_value
                    {
                        Kind = (int)ValueKind.Text,
                        Text = (IntPtr)text,
                        Len = (UIntPtr)(uint)(values.Length - 1 - text),
                    };
                    var first = allAttributes.Count;
                    if (fieldAttributes != null && fieldAttributes.TryGetValue(field.Key, out var own))
                    {
                        Add(allAttributes, own);
                    }
                    allFields.Add(new dmerp_field
                    {
                        Name = (IntPtr)name,
                        Value = value,
                        Attributes = (IntPtr)(first * Marshal.SizeOf<dmerp_attribute>()),
                        AttributesLen = (UIntPtr)(uint)(allAttributes.Count - first),
                    });
                }
                if (without.Count > 0)
                {
                    throw FieldRefusal(without.First(), "the record does not have it, but attributes are given for it");
                }
                Write(status, allFields.ToArray(), allAttributes.ToArray(), ofRecord);
                return 1;
            });

        /// <summary>
        /// Writes a record for each row that is left in a reader, whose columns are the fields. In a column whose
        /// <see cref="IDataRecord.GetDataTypeName"/> is <c>date</c>, a value at midnight is written as a date, and any other as
        /// an instant. Oracle's type of that name has a time, so that a column of it can have both forms: with
        /// <c>CAST(CREATED AS TIMESTAMP)</c> in the query it has instants alone. The reader stays yours to dispose.
        /// </summary>
        /// <returns>How many records were written.</returns>
        /// <remarks>
        /// Rows go to the library in parts. If a record is refused, those before it are written, and up to 500 rows after it may
        /// have been read: do not go on with the same source.
        /// </remarks>
        public long Records(IDataReader source, RecordStatus status = RecordStatus.Insert)
        {
            var row = new object[(source ?? throw new ArgumentNullException(nameof(source))).FieldCount];
            var fields = row.Select((_, i) => source.GetName(i)).ToList();
            // Asked for only where it matters: a reader that a program made for itself often has no types' names.
            var areDates = row.Select((_, i) => new Lazy<bool>(() => IsDate(source, i))).ToArray();
            return Rows(status, () =>
            {
                columns.AddRange(fields);
                while (source.Read())
                {
                    source.GetValues(row);
                    for (var i = 0; i < row.Length; i++)
                    {
                        AddValue(fields[i], row[i], areDates[i]);
                    }
                    EndRow(status);
                }
            });
        }

        /// <summary>
        /// Writes a record for each row of a table. Rows that are deleted in the table are left out. But with
        /// <see cref="RecordStatus.Delete"/> those alone are written, with their original values, and none if no row is deleted.
        /// To say of all the others that they are deleted, give <see cref="DataTable.CreateDataReader()"/>. What else became of a
        /// row is not looked at: <paramref name="status"/> holds for all. Each <see cref="DateTime"/> is written as an instant,
        /// since a column does not tell whether it has dates alone.
        /// </summary>
        /// <inheritdoc cref="Records(IDataReader, RecordStatus)"/>
        public long Records(DataTable source, RecordStatus status = RecordStatus.Insert)
        {
            var all = (source ?? throw new ArgumentNullException(nameof(source))).Rows.Cast<DataRow>();
            if (status != RecordStatus.Delete)
            {
                using (var rows = source.CreateDataReader())
                {
                    return Records(rows, status);
                }
            }
            var fields = source.Columns.Cast<DataColumn>().ToList();
            return Rows(status, () =>
            {
                columns.AddRange(fields.Select(field => field.ColumnName));
                foreach (var row in all.Where(one => one.RowState == DataRowState.Deleted))
                {
                    fields.ForEach(field => AddValue(field.ColumnName, row[field, DataRowVersion.Original]));
                    EndRow(status);
                }
            });
        }

        /// <summary>
        /// Writes a record for each list of fields, such as a dictionary. It is fastest if all have the same fields in the same
        /// order, with null for those without a value.
        /// </summary>
        /// <inheritdoc cref="Records(IDataReader, RecordStatus)"/>
        public long Records(
            IEnumerable<IEnumerable<KeyValuePair<string, object?>>> source, RecordStatus status = RecordStatus.Insert) =>
            Rows(status, () =>
            {
                foreach (var fields in source ?? throw new ArgumentNullException(nameof(source)))
                {
                    var column = 0;
                    foreach (var field in fields ?? throw Refusal(": it is null"))
                    {
                        if (column == columns.Count || columns[column] != field.Key)
                        {
                            EndColumns(column, status);
                            columns.Add(field.Key ?? throw NamelessField());
                        }
                        AddValue(field.Key, field.Value);
                        column++;
                    }
                    if (column < columns.Count)
                    {
                        EndColumns(column, status);
                    }
                    EndRow(status);
                }
            });

        /// <summary>
        /// Writes a record for each line of a CSV file (RFC 4180, in UTF-8) after its first, which names the fields. An empty
        /// value is a null. The values are written as they are in the file.
        /// </summary>
        /// <returns>How many records were written.</returns>
        /// <exception cref="DmerpException">
        /// <see cref="Status.FileError"/>; or something in the file cannot be used: the message names the line. The records
        /// before it are written.
        /// </exception>
        public long Csv(string path, RecordStatus status = RecordStatus.Insert, char delimiter = ',')
        {
            var file = Utf8.Encode(path, nameof(path));
            if (delimiter > 0x7F)
            {
                throw new ArgumentOutOfRangeException(nameof(delimiter), delimiter, "The delimiter is no ASCII character.");
            }
            return Writing(nameof(Csv), () => Handle.Borrow(nameof(PacketWriter), writer =>
            {
                var ended = Native.dmerp_packet_writer_csv(
                    writer, (int)status, file, (byte)delimiter, out var written, out var error);
                DmerpException.ThrowIf(ended, error);
                return (long)written;
            }));
        }

        /// <summary>
        /// Ends the packet; a file gets its name. Nothing can be written after it: <see cref="Status.InvalidArgument"/>. A second
        /// call does nothing.
        /// </summary>
        public void Finish() => Idle.Borrow(nameof(PacketWriter), writer =>
        {
            DmerpException.ThrowIf(Native.dmerp_packet_writer_finish(writer, out var error), error);
            return true;
        });

        /// <summary>
        /// The packet, which is finished first, for <see cref="Outgoing"/> or a file of your own. Not of a packet in a file.
        /// </summary>
        public byte[] Content() => Idle.Borrow(nameof(PacketWriter), writer =>
        {
            DmerpException.ThrowIf(Native.dmerp_packet_writer_content(writer, out var content, out var error), error);
            try
            {
                return Utf8.Bytes(content);
            }
            finally
            {
                Native.dmerp_buffer_free(ref content);
            }
        });

        /// <summary>Frees the writer. A packet that is not finished is thrown away. Disposing twice is harmless.</summary>
        public void Dispose() => Handle.Dispose();

        private Exception FieldRefusal(string field, string problem) => Refusal(", field " + field + ": " + problem);

        private Exception NamelessField() => Refusal(": the name of a field is null");

        private Exception Refusal(string problem)
        {
            if (table == null)
            {
                Write(RecordStatus.Insert, new dmerp_field[0], new dmerp_attribute[0], 0); // the library tells why there is none
            }
            return DmerpException.OfValue("table " + table + ", record " + (Count - countBefore + rows + 1) + problem);
        }

        private void Set(string key, string value) =>
            Call(Native.dmerp_packet_writer_set, Utf8.Encode(key, nameof(key)), Utf8.Encode(value, key));

        private void Call(NativeMethods.Set function, byte[] name, byte[]? value) => Idle.Borrow(nameof(PacketWriter), writer =>
        {
            DmerpException.ThrowIf(function(writer, name, value, out var error), error);
            return true;
        });

        private int AddName(string name)
        {
            var place = values.Length;
            values.Add(name);
            return place;
        }

        private void Add(List<dmerp_attribute> all, IEnumerable<KeyValuePair<string, string>>? attributes)
        {
            foreach (var attribute in attributes ?? Enumerable.Empty<KeyValuePair<string, string>>())
            {
                var name = AddName(attribute.Key ?? throw Refusal(": the name of an attribute is null"));
                var value = values.Length;
                values.Add(attribute.Value ?? throw Refusal(", attribute " + attribute.Key + ": the value is null"));
                all.Add(new dmerp_attribute { Name = (IntPtr)name, Value = (IntPtr)value });
            }
        }

        private void Write(RecordStatus status, dmerp_field[] fields, dmerp_attribute[] attributes, int ofRecord)
        {
            var texts = GCHandle.Alloc(values.Bytes, GCHandleType.Pinned);
            var list = GCHandle.Alloc(attributes, GCHandleType.Pinned);
            try
            {
                for (var i = 0; i < attributes.Length; i++)
                {
                    attributes[i].Name = IntPtr.Add(texts.AddrOfPinnedObject(), (int)attributes[i].Name);
                    attributes[i].Value = IntPtr.Add(texts.AddrOfPinnedObject(), (int)attributes[i].Value);
                }
                for (var i = 0; i < fields.Length; i++)
                {
                    fields[i].Name = IntPtr.Add(texts.AddrOfPinnedObject(), (int)fields[i].Name);
                    fields[i].Value.Text = IntPtr.Add(texts.AddrOfPinnedObject(), (int)fields[i].Value.Text);
                    fields[i].Attributes = IntPtr.Add(list.AddrOfPinnedObject(), (int)fields[i].Attributes);
                }
                Handle.Borrow(nameof(PacketWriter), writer =>
                {
                    var ended = Native.dmerp_packet_writer_record(
                        writer, (int)status, fields, (UIntPtr)(uint)fields.Length, attributes, (UIntPtr)(uint)ofRecord,
                        out var error);
                    DmerpException.ThrowIf(ended, error);
                    return true;
                });
            }
            finally
            {
                list.Free();
                texts.Free();
            }
        }

        private long Writing(string method, Func<long> write)
        {
            Idle.ThrowIfDisposed(nameof(PacketWriter));
            writing = method;
            try
            {
                return write();
            }
            finally
            {
                writing = null;
            }
        }

        /// <summary>Writes rows, which are gathered, so that there is one call for many; and tells how many.</summary>
        private long Rows(RecordStatus status, Action add) => Writing(nameof(Records), () =>
        {
            var before = Count;
            columns.Clear();
            values.CutTo(0);
            try
            {
                add();
            }
            finally
            {
                Flush(status); // also the records before one that is refused
            }
            return Count - before;
        });

        private void AddValue(string field, object? value, Lazy<bool>? isDate = null)
        {
            if (!values.Add(field, value, isDate))
            {
                values.AddNull();
            }
        }

        private void EndRow(RecordStatus status)
        {
            rows++;
            rowsEnd = values.Length;
            if (rows == RowsCount || rowsEnd >= RowsLength)
            {
                Flush(status);
            }
        }

        /// <summary>Ends the rows so far, since only the first columns go on. What the next row has of those stays.</summary>
        private void EndColumns(int kept, RecordStatus status)
        {
            Flush(status);
            columns.RemoveRange(kept, columns.Count - kept);
        }

        private void Flush(RecordStatus status)
        {
            var count = rows;
            var length = rowsEnd;
            rows = 0;
            rowsEnd = 0;
            if (count > 0)
            {
                names.CutTo(0);
                columns.ForEach(names.Add);
                Handle.Borrow(nameof(PacketWriter), writer =>
                {
                    var ended = Native.dmerp_packet_writer_rows(
                        writer, (int)status, names.Bytes, (UIntPtr)(uint)names.Length, values.Bytes, (UIntPtr)(uint)length,
                        (UIntPtr)(uint)count, out _, out var error);
                    DmerpException.ThrowIf(ended, error);
                    return true;
                });
                values.DropTo(length);
            }
        }

        private static bool IsDate(IDataRecord row, int column)
        {
            try
            {
                return string.Equals(row.GetDataTypeName(column), "date", StringComparison.OrdinalIgnoreCase);
            }
            catch (Exception none) when (none is NotImplementedException || none is NotSupportedException)
            {
                return false;
            }
        }
    }
}
