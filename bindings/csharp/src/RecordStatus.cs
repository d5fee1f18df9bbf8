namespace Dmerp
{
    /// <summary>What a record of a packet asks of who reads it.</summary>
    public enum RecordStatus
    {
        /// <summary>The record says nothing. Only of records that were read.</summary>
        None = 0,

        /// <summary>
        /// The record is new. The vendor's own extension says so of every record that it sends to a mobile user.
        /// </summary>
        Insert = 1,

        /// <summary>It is changed.</summary>
        Update = 2,

        /// <summary>It is deleted.</summary>
        Delete = 3,

        /// <summary>It was read.</summary>
        Read = 4,

        /// <summary>
        /// What it says is none of these; see <see cref="Record.Attributes"/>. Only of records that were read.
        /// </summary>
        Other = 5,
    }
}
