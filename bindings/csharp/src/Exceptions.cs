using System;
using System.Runtime.Serialization;

namespace Dmerp
{
    /// <summary>
    /// An argument cannot be used: an empty name, a NUL in a text, a number out of range. Fix the calling code.
    /// </summary>
    [Serializable]
    public sealed class InvalidArgumentException : DmerpException
    {
        internal InvalidArgumentException(Failure failure) : base(failure)
        {
        }

        private InvalidArgumentException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>A native handle was freed or mistaken. It is a defect of this package: report it with the message.</summary>
    [Serializable]
    public sealed class InvalidHandleException : DmerpException
    {
        internal InvalidHandleException(Failure failure) : base(failure)
        {
        }

        private InvalidHandleException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>
    /// An option is unknown, missing, malformed, or contradicts another. Fix the option that the message names.
    /// </summary>
    [Serializable]
    public sealed class InvalidConfigException : DmerpException
    {
        internal InvalidConfigException(Failure failure) : base(failure)
        {
        }

        private InvalidConfigException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>
    /// A local file could not be read or written. Look at the path, its permissions and the free space, then repeat the call.
    /// </summary>
    [Serializable]
    public sealed class FileException : DmerpException
    {
        internal FileException(Failure failure) : base(failure)
        {
        }

        private FileException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The deadline passed, or nothing moved for longer than a time limit. Try again later.</summary>
    [Serializable]
    public sealed class TimedOutException : DmerpException
    {
        internal TimedOutException(Failure failure) : base(failure)
        {
        }

        private TimedOutException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The server's name could not be resolved (DNS). Look for a misspelt host; else try again later.</summary>
    [Serializable]
    public sealed class HostNotFoundException : DmerpException
    {
        internal HostNotFoundException(Failure failure) : base(failure)
        {
        }

        private HostNotFoundException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>No connection could be made. Check the port, the firewall and the proxy; else try again later.</summary>
    [Serializable]
    public sealed class ConnectException : DmerpException
    {
        internal ConnectException(Failure failure) : base(failure)
        {
        }

        private ConnectException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>
    /// The server's certificate was not accepted, or TLS failed. Check the clock, the trust store and
    /// <see cref="Config.TlsCaFile"/>.
    /// </summary>
    [Serializable]
    public sealed class TlsException : DmerpException
    {
        internal TlsException(Failure failure) : base(failure)
        {
        }

        private TlsException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The connection broke before the answer began. Try again later; every verb may be repeated.</summary>
    [Serializable]
    public sealed class ConnectionLostException : DmerpException
    {
        internal ConnectionLostException(Failure failure) : base(failure)
        {
        }

        private ConnectionLostException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>An answer ended before its announced length; nothing of it was kept. Try again later.</summary>
    [Serializable]
    public sealed class TruncatedException : DmerpException
    {
        internal TruncatedException(Failure failure) : base(failure)
        {
        }

        private TruncatedException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The portal refused the API key. Check that it is complete, not expired, and of this app area.</summary>
    [Serializable]
    public sealed class AuthenticationException : DmerpException
    {
        internal AuthenticationException(Failure failure) : base(failure)
        {
        }

        private AuthenticationException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The API key is not good for this app area, or there is no such area. Check both.</summary>
    [Serializable]
    public sealed class UnknownAppAreaException : DmerpException
    {
        internal UnknownAppAreaException(Failure failure) : base(failure)
        {
        }

        private UnknownAppAreaException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>
    /// The portal asks for fewer requests (HTTP 429), and went on asking through every retry. Try again later, less often.
    /// </summary>
    [Serializable]
    public sealed class ThrottledException : DmerpException
    {
        internal ThrottledException(Failure failure) : base(failure)
        {
        }

        private ThrottledException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The portal or the storage failed (HTTP 5xx) through every retry. Try again later.</summary>
    [Serializable]
    public sealed class ServerException : DmerpException
    {
        internal ServerException(Failure failure) : base(failure)
        {
        }

        private ServerException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The portal understood the request and said no. Read <see cref="IDmerpError.ServerMessage"/>.</summary>
    [Serializable]
    public sealed class RejectedException : DmerpException
    {
        internal RejectedException(Failure failure) : base(failure)
        {
        }

        private RejectedException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>
    /// What was asked for does not exist (HTTP 404). For a packet, pull again: it may have been taken or removed.
    /// </summary>
    [Serializable]
    public sealed class NotFoundException : DmerpException
    {
        internal NotFoundException(Failure failure) : base(failure)
        {
        }

        private NotFoundException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>
    /// The storage refused a temporary link, also after a fresh one was fetched. Read <see cref="IDmerpError.ServerMessage"/>.
    /// </summary>
    [Serializable]
    public sealed class StorageRefusedException : DmerpException
    {
        internal StorageRefusedException(Failure failure) : base(failure)
        {
        }

        private StorageRefusedException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>The answer is not one the portal gives, such as a web page. Check the base URL and any proxy between.</summary>
    [Serializable]
    public sealed class BadAnswerException : DmerpException
    {
        internal BadAnswerException(Failure failure) : base(failure)
        {
        }

        private BadAnswerException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>
    /// A body is larger than its configured limit; nothing of it was kept. Raise the limit, or download to a file.
    /// </summary>
    [Serializable]
    public sealed class TooLargeException : DmerpException
    {
        internal TooLargeException(Failure failure) : base(failure)
        {
        }

        private TooLargeException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }

    /// <summary>A defect in the library; the client stays usable. Report it with the message.</summary>
    [Serializable]
    public sealed class InternalException : DmerpException
    {
        internal InternalException(Failure failure) : base(failure)
        {
        }

        private InternalException(SerializationInfo info, StreamingContext context) : base(info, context)
        {
        }
    }
}
