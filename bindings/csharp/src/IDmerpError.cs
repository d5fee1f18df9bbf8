namespace Dmerp
{
    /// <summary>
    /// What every error of the library tells: each <see cref="DmerpException"/>, and <see cref="CancelledException"/>. Decide by
    /// the exception's class or <see cref="Retryable"/>, never by the text of its message.
    /// </summary>
    public interface IDmerpError
    {
        /// <summary>How the call ended. A later library may give a number that has no name here.</summary>
        Status Status { get; }

        /// <summary>The HTTP status of the answer that decided; 0 where there was none or it broke off.</summary>
        int HttpStatus { get; }

        /// <summary>
        /// What the portal or the storage said, on one line of at most 300 characters; null where it said nothing.
        /// </summary>
        string ServerMessage { get; }

        /// <summary>
        /// The packet the call was about: the unique id of a push, to be given again when it is repeated; the storage path of a
        /// link or download. Null where there is none.
        /// </summary>
        string PacketId { get; }

        /// <summary>How many HTTP requests the call made; 0 when it failed before the first.</summary>
        int Attempts { get; }

        /// <summary>Whether the same call, made later and unchanged, can succeed.</summary>
        bool Retryable { get; }
    }
}
