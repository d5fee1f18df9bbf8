namespace Dmerp
{
    /// <summary>How a <see cref="PacketReader"/> reads. It is read when the reader is made.</summary>
    public sealed class PacketReaderOptions
    {
        /// <summary>
        /// Hands over the elements that stand where a record should and have another name; <see cref="Record.Element"/> tells
        /// it. Else they are skipped and counted: see <see cref="PacketReader.Skipped"/>.
        /// </summary>
        public bool KeepUnknownElements { get; set; }

        /// <summary>Hands over the records of the tables whose name begins with <c>$</c>. They are no data.</summary>
        public bool SystemTables { get; set; }

        /// <summary>How many bytes one record may have; null for 64 MiB.</summary>
        public long? MaxRecordBytes { get; set; }
    }
}
