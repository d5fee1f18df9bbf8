using System;
using System.Collections;
using System.Collections.Generic;
using System.Data;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// Reads a synchronization packet, record by record, in memory that stays the same whatever the packet's size:
    /// <see cref="Received.Read"/> makes one of a packet that was received. Nothing outside the packet is looked at.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Errors: a <see cref="DmerpException"/> with <see cref="Status.BadPacket"/> where data could be lost, such as a packet that
    /// breaks off, a field twice in a record, or text where a record should be. The message names line, table, record and field.
    /// The records before that place were handed over. <see cref="Status.FileError"/>; <see cref="Status.TooLarge"/>.
    /// </para>
    /// <para>
    /// It goes through the packet once. What <see cref="Enumerable.Any{T}(IEnumerable{T})"/> or another method takes of it, a
    /// loop after that does not get.
    /// </para>
    /// <para>Dispose it. Any thread may use a reader, but one at a time.</para>
    /// </remarks>
    /// <example>
    /// <code>
    /// using (var reader = packet.Read())
    /// {
    ///     foreach (var record in reader)
    ///     {
    ///         Book(record.Table, record["CUSTOMERNO"], record.GetDecimal("QUANTITY"));
    ///     }
    /// }
    /// </code>
    /// </example>
    public sealed class PacketReader : IEnumerable<Record>, IDisposable
    {
        private static readonly UIntPtr RowsSize = (UIntPtr)(uint)Marshal.SizeOf<dmerp_rows>();
        private static readonly UIntPtr RecordSize = (UIntPtr)(uint)Marshal.SizeOf<dmerp_record>();

        private readonly Handle handle;
        private readonly Rows rows = new Rows();
        private Batch? batch;
        private int next; // record of the batch

        /// <summary>Reads a packet in memory. Leave the array unchanged until the reader is disposed.</summary>
        /// <exception cref="DmerpException">An option cannot be used.</exception>
        public PacketReader(byte[] content, PacketReaderOptions? options = null) : this(OfContent(content), options)
        {
        }

        private PacketReader(Handle handle, PacketReaderOptions? options)
        {
            this.handle = handle;
            try
            {
                Set("unknown_elements", options?.KeepUnknownElements == true ? "keep" : "skip");
                Set("system_tables", options?.SystemTables == true ? "true" : "false");
                if (options?.MaxRecordBytes is long limit)
                {
                    Set("max_record_bytes", limit.ToString(CultureInfo.InvariantCulture));
                }
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }

        /// <summary>Who sent the packet, or gets it: the root's <c>salesmancode</c>. Null if it does not tell.</summary>
        public string? MobileUser => handle.Borrow(nameof(PacketReader), reader =>
        {
            DmerpException.ThrowIf(Native.dmerp_packet_reader_mobile_user(reader, out var user, out var error), error);
            return Utf8.Decode(user);
        });

        /// <summary>The attributes of the packet's root.</summary>
        public IReadOnlyDictionary<string, string> Attributes => handle.Borrow(nameof(PacketReader), reader =>
        {
            DmerpException.ThrowIf(Native.dmerp_packet_reader_root(reader, out var list, out var count, out var error), error);
            return Utf8.Pairs(list, count);
        });

        /// <summary>
        /// How many unknown elements were skipped so far. It can be up to 1,000 records ahead of the loop; after the last record
        /// it is the packet's number.
        /// </summary>
        public long Skipped => (long)handle.Borrow(nameof(PacketReader), Native.dmerp_packet_reader_skipped.Invoke);

        private static NativeMethods Native => NativeMethods.Loaded;

        /// <summary>Reads a packet in a file. Leave the file unchanged until the reader is disposed.</summary>
        /// <exception cref="DmerpException"><see cref="Status.FileError"/>; or an option cannot be used.</exception>
        public static PacketReader FromFile(string path, PacketReaderOptions? options = null)
        {
            var file = Utf8.Encode(path, nameof(path));
            DmerpException.ThrowIf(Native.dmerp_packet_reader_new_file(file, out var reader, out var error), error);
            return new PacketReader(new Handle(reader, Native.dmerp_packet_reader_free), options);
        }

        /// <summary>
        /// Looks for all mistakes of a packet in memory, such as one that is to be pushed: what a reader refuses, and what it
        /// takes but another program may refuse, such as a record without a status. The list has at most 1,000 mistakes, and then
        /// one more, which tells how many others there are.
        /// </summary>
        public static IReadOnlyList<Mistake> Check(byte[] content)
        {
            var pin = GCHandle.Alloc(content ?? throw new ArgumentNullException(nameof(content)), GCHandleType.Pinned);
            try
            {
                var length = (UIntPtr)(uint)content.Length;
                var status = Native.dmerp_packet_check(pin.AddrOfPinnedObject(), length, out var mistakes, out var error);
                DmerpException.ThrowIf(status, error);
                return Mistake.Each(mistakes);
            }
            finally
            {
                pin.Free();
            }
        }

        /// <inheritdoc cref="Check"/>
        /// <summary>Like <see cref="Check"/>, for a file.</summary>
        /// <exception cref="DmerpException"><see cref="Status.FileError"/>.</exception>
        public static IReadOnlyList<Mistake> CheckFile(string path)
        {
            var file = Utf8.Encode(path, nameof(path));
            DmerpException.ThrowIf(Native.dmerp_packet_check_file(file, out var mistakes, out var error), error);
            return Mistake.Each(mistakes);
        }

        /// <summary>The next record; null at the end of the packet.</summary>
        /// <exception cref="ObjectDisposedException">The reader was disposed.</exception>
        public Record? Next()
        {
            handle.ThrowIfDisposed(nameof(PacketReader));
            if (batch == null || next == batch.Count)
            {
                batch = handle.Borrow(nameof(PacketReader), NextBatch);
                next = 0;
            }
            return batch != null ? new Record(batch, next++) : null;
        }

        /// <summary>The records, up to the end of the packet; see <see cref="Next"/>. Another loop goes on from there.</summary>
        public IEnumerator<Record> GetEnumerator()
        {
            for (var record = Next(); record != null; record = Next())
            {
                yield return record;
            }
        }

        /// <summary>
        /// Reads the rest of the packet. Each record becomes a row of the table that has its table's
        /// <see cref="DataTable.TableName"/>, in whatever case. Records of other tables are skipped, and not counted. Values
        /// are converted to the columns' types: texts; truth values; numbers; <see cref="DateTime"/> (a date, or an instant in
        /// UTC), <see cref="DateTimeOffset"/> and <see cref="TimeSpan"/>; <see cref="char"/>; <see cref="Guid"/>; byte arrays. An
        /// empty text is null in a column that is not of texts. A table without columns gets a column of texts for each field. If
        /// a table has columns, fields without a column are left out. A row's <see cref="DataRow.RowState"/> follows from its
        /// record's status, so that a data adapter can apply it: Added, Modified, Deleted, or Unchanged.
        /// </summary>
        /// <returns>How many rows were added.</returns>
        /// <exception cref="ArgumentException">There is no table, one has no name, or two have the same.</exception>
        /// <exception cref="DmerpException">
        /// The packet cannot be read; or a text in it is no value of its column's type, such as 300 of a byte.
        /// </exception>
        /// <exception cref="DataException">
        /// Two fields of a record have the same column, or two tables of the packet the same table, since their names differ only
        /// in case; or the table does not take the row, for example because it has one with that key; or a column's type is none
        /// of those above. The messages name line, table and record.
        /// </exception>
        public long Fill(params DataTable[] tables) =>
            (tables ?? throw new ArgumentNullException(nameof(tables))).Length > 0 ? Fill(tables, null)
                : throw new ArgumentException("There is no table to fill.", nameof(tables));

        /// <summary>
        /// Reads the rest of the packet into the tables of a set, as <see cref="Fill(DataTable[])"/> does. A table that the set
        /// does not have is made, so no record is skipped.
        /// </summary>
        /// <returns>How many rows were added.</returns>
        /// <exception cref="ArgumentException">
        /// A table of the set has no name, or the names of two differ only in case.
        /// </exception>
        /// <exception cref="DmerpException">As of <see cref="Fill(DataTable[])"/>.</exception>
        /// <exception cref="DataException">As of <see cref="Fill(DataTable[])"/>.</exception>
        public long Fill(DataSet set) =>
            Fill((set ?? throw new ArgumentNullException(nameof(set))).Tables.Cast<DataTable>(), set);

        /// <summary>Frees the reader. Disposing twice is harmless.</summary>
        public void Dispose() => handle.Dispose();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <summary>Of a packet that was received.</summary>
        internal static PacketReader OfReceived(IntPtr received, PacketReaderOptions? options)
        {
            DmerpException.ThrowIf(Native.dmerp_packet_reader_new_received(received, out var reader, out var error), error);
            return new PacketReader(new Handle(reader, Native.dmerp_packet_reader_free), options);
        }

        /// <summary>With a set, which gets the tables that are missing.</summary>
        private long Fill(IEnumerable<DataTable> tables, DataSet? set)
        {
            var fillings = new Dictionary<string, Filling>(StringComparer.OrdinalIgnoreCase);
            foreach (var table in tables)
            {
                if (table.TableName.Length == 0)
                {
                    throw new ArgumentException("A table has no TableName, so it gets no records.", nameof(tables));
                }
                if (fillings.ContainsKey(table.TableName))
                {
                    throw new ArgumentException("Two tables have the name " + table.TableName + ".", nameof(tables));
                }
                fillings.Add(table.TableName, new Filling(table));
            }
            var count = 0L;
            foreach (var record in this)
            {
                if (!fillings.TryGetValue(record.Table, out var filling))
                {
                    if (set == null)
                    {
                        continue;
                    }
                    filling = new Filling(set.Tables.Add(record.Table));
                    fillings.Add(record.Table, filling);
                }
                filling.Add(record);
                count++;
            }
            return count;
        }

        private static Handle OfContent(byte[] content)
        {
            var pin = GCHandle.Alloc(content ?? throw new ArgumentNullException(nameof(content)), GCHandleType.Pinned);
            try
            {
                var length = (UIntPtr)(uint)content.Length;
                var status = Native.dmerp_packet_reader_new(pin.AddrOfPinnedObject(), length, out var created, out var error);
                DmerpException.ThrowIf(status, error);
                return new Handle(created, reader =>
                {
                    Native.dmerp_packet_reader_free(reader);
                    pin.Free();
                });
            }
            catch
            {
                pin.Free();
                throw;
            }
        }

        private Batch? NextBatch(IntPtr reader)
        {
            if (rows.IsEmpty)
            {
                DmerpException.ThrowIf(Native.dmerp_packet_reader_rows(reader, out var lent, RowsSize, out var error), error);
                rows.Load(lent);
            }
            if (!rows.IsEmpty)
            {
                return rows.Take();
            }
            var status = Native.dmerp_packet_reader_next(reader, out var record, RecordSize, out var problem);
            DmerpException.ThrowIf(status, problem);
            return record.Table != IntPtr.Zero ? new Batch(record) : null;
        }

        private void Set(string key, string value) => handle.Borrow(nameof(PacketReader), reader =>
        {
            var name = Utf8.Encode(key, nameof(key));
            DmerpException.ThrowIf(Native.dmerp_packet_reader_set(reader, name, Utf8.Encode(value, key), out var error), error);
            return true;
        });
    }
}
