namespace Dmerp
{
    /// <summary>
    /// How a call ended. The numbers never change. A later library may give numbers that have no name here: treat them as a
    /// failure, and ask <see cref="DmerpException.IsRetryable"/>. <see cref="StatusExtensions"/> tells what each means.
    /// </summary>
    public enum Status
    {
        /// <summary>The call did what it was asked.</summary>
        Ok = 0,

        /// <summary>An argument cannot be used.</summary>
        InvalidArgument = 1,

        /// <summary>A native handle was freed or mistaken. This package does not let that happen.</summary>
        InvalidHandle = 2,

        /// <summary>An option is unknown, missing, malformed, or contradicts another.</summary>
        InvalidConfig = 3,

        /// <summary>A local file, or a stream that was given, could not be read or written.</summary>
        FileError = 4,

        /// <summary>The caller ended the call.</summary>
        Cancelled = 5,

        /// <summary>The call's timeout passed, or nothing moved for longer than the idle or connect timeout.</summary>
        TimedOut = 6,

        /// <summary>The server's name could not be resolved (DNS).</summary>
        HostNotFound = 7,

        /// <summary>No connection could be made.</summary>
        ConnectFailed = 8,

        /// <summary>The server's certificate was not accepted, or the TLS handshake failed.</summary>
        TlsFailed = 9,

        /// <summary>The connection broke before the answer began.</summary>
        ConnectionLost = 10,

        /// <summary>An answer ended before its announced length; nothing of it was kept.</summary>
        Truncated = 11,

        /// <summary>The portal refused the API key.</summary>
        AuthenticationFailed = 12,

        /// <summary>The API key is not good for this app area, or there is no such area.</summary>
        UnknownAppArea = 13,

        /// <summary>The portal or the storage asks for fewer requests (HTTP 429, or S3's SlowDown).</summary>
        Throttled = 14,

        /// <summary>The portal or the storage failed (HTTP 5xx).</summary>
        ServerError = 15,

        /// <summary>The portal understood the request and said no.</summary>
        Rejected = 16,

        /// <summary>What was asked for does not exist (HTTP 404).</summary>
        NotFound = 17,

        /// <summary>The storage refused a temporary link, also after a fresh one was fetched.</summary>
        StorageRefused = 18,

        /// <summary>The answer is not one the portal gives, such as a web page.</summary>
        BadAnswer = 19,

        /// <summary>A body is larger than its configured limit; nothing of it was kept.</summary>
        TooLarge = 20,

        /// <summary>A defect in the library; the client stays usable.</summary>
        Internal = 21,

        /// <summary>The memory for a content or a list could not be had; nothing of it was kept.</summary>
        OutOfMemory = 22,

        /// <summary>The proxy asks for a user and a password, or did not accept those that it was given (HTTP 407).</summary>
        ProxyRefused = 23,

        /// <summary>A packet that was read is not what its format allows.</summary>
        BadPacket = 24,
    }
}
