using System;

namespace Dmerp
{
    /// <summary>How a <see cref="PacketWriter"/> writes. It is read when the writer is made.</summary>
    public sealed class PacketWriterOptions
    {
        private TimeZoneInfo timeZone = TimeZoneInfo.Utc;

        /// <summary>Writes a status as <c>insert</c>, <c>update</c>, <c>delete</c>; else as <c>inserted</c> and so on.</summary>
        public bool ShortStatus { get; set; }

        /// <summary>Gives each record the field <c>state</c>: 1 for inserted, 2 for updated, 3 for deleted.</summary>
        public bool State { get; set; }

        /// <summary>Ends the packet with the table <c>$metadata</c>: when it was made, and the number of records.</summary>
        public bool Metadata { get; set; }

        /// <summary>Leaves an empty text out, as a null, and does not write an empty element.</summary>
        public bool OmitEmptyTexts { get; set; }

        /// <summary>
        /// Writes U+FFFD for a character that XML cannot carry, such as U+0000. Else a record that has one is refused.
        /// </summary>
        public bool ReplaceInvalidCharacters { get; set; }

        /// <summary>
        /// The folder for the temporary file of a packet of more than 1 MiB; null for the system's.
        /// <see cref="PacketWriter.ToFile"/> refuses it: that packet is in no temporary file.
        /// </summary>
        public string? TempDir { get; set; }

        /// <summary>
        /// The zone of each <see cref="DateTime"/> whose kind is unspecified: UTC, unless set. A time that comes twice, when the
        /// clocks are put back, is the first of both.
        /// </summary>
        /// <exception cref="ArgumentNullException">It is set to null.</exception>
        public TimeZoneInfo TimeZone
        {
            get => timeZone;
            set => timeZone = value ?? throw new ArgumentNullException(nameof(value));
        }

        /// <summary>
        /// Is given each field's name and value (null for a null), and returns what is written in its place: another value, or a
        /// text. So a mobile app gets forms of its own. What it throws comes out of the call. Values of a CSV file do not go
        /// through it.
        /// </summary>
        public Func<string, object?, object?>? Converter { get; set; }
    }
}
