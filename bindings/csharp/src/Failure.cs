using System;
using System.Threading;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>The facts of a failed call, copied from the library, and the exception that tells them.</summary>
    [Serializable]
    internal sealed class Failure
    {
        private Failure(Status status, string message)
        {
            Status = status;
            Message = message;
        }

        private Failure(int status, ErrorHandle error)
        {
            var native = NativeMethods.Loaded;
            Status = (Status)status;
            Message = Utf8.Decode(native.ErrorMessage(error)) ?? Status.Meaning() ?? "The call failed: status " + status + ".";
            HttpStatus = native.ErrorHttpStatus(error);
            ServerMessage = Utf8.Decode(native.ErrorServerMessage(error));
            PacketId = Utf8.Decode(native.ErrorPacketId(error));
            Attempts = unchecked((int)native.ErrorAttempts(error));
            Retryable = native.ErrorIsRetryable(error) != 0;
        }

        internal Status Status { get; }

        internal string Message { get; }

        internal int HttpStatus { get; }

        internal string ServerMessage { get; }

        internal string PacketId { get; }

        internal int Attempts { get; }

        internal bool Retryable { get; }

        /// <summary>An argument that the library could not have seen as it is.</summary>
        internal static DmerpException InvalidArgument(string problem) =>
            new InvalidArgumentException(new Failure(Status.InvalidArgument, problem));

        /// <summary>Ends a native call: frees its error, and throws it if there was one.</summary>
        internal static void ThrowIf(int status, ErrorHandle error)
        {
            if (Take(status, error) is Failure failure)
            {
                throw failure.ToException(default);
            }
        }

        /// <summary>Frees the error of a native call, and tells what it was; null after a success.</summary>
        internal static Failure Take(int status, ErrorHandle error)
        {
            using (error)
            {
                return status != (int)Status.Ok ? new Failure(status, error) : null;
            }
        }

        /// <summary>The exception of its status; one for a cancel carries the token if that caused it.</summary>
        internal Exception ToException(CancellationToken token)
        {
            switch (Status)
            {
                case Status.InvalidArgument: return new InvalidArgumentException(this);
                case Status.InvalidHandle: return new InvalidHandleException(this);
                case Status.InvalidConfig: return new InvalidConfigException(this);
                case Status.FileError: return new FileException(this);
                case Status.Cancelled: return new CancelledException(this, token.IsCancellationRequested ? token : default);
                case Status.TimedOut: return new TimedOutException(this);
                case Status.HostNotFound: return new HostNotFoundException(this);
                case Status.ConnectFailed: return new ConnectException(this);
                case Status.TlsFailed: return new TlsException(this);
                case Status.ConnectionLost: return new ConnectionLostException(this);
                case Status.Truncated: return new TruncatedException(this);
                case Status.AuthenticationFailed: return new AuthenticationException(this);
                case Status.UnknownAppArea: return new UnknownAppAreaException(this);
                case Status.Throttled: return new ThrottledException(this);
                case Status.ServerError: return new ServerException(this);
                case Status.Rejected: return new RejectedException(this);
                case Status.NotFound: return new NotFoundException(this);
                case Status.StorageRefused: return new StorageRefusedException(this);
                case Status.BadAnswer: return new BadAnswerException(this);
                case Status.TooLarge: return new TooLargeException(this);
                case Status.Internal: return new InternalException(this);
                default: return new DmerpException(this);
            }
        }
    }
}
