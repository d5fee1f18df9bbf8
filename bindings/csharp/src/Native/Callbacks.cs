using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dmerp.Native
{
    /// <summary>
    /// What native code calls. Kept for ever, so that it never finds one collected. Nothing may be thrown through native code,
    /// not even when there is no memory left: so all that can allocate, a closure as well, is inside of the try.
    /// </summary>
    internal static class Callbacks
    {
        internal static readonly dmerp_log_callback Log = OnLog;
        internal static readonly dmerp_progress_callback Progress = OnProgress;
        internal static readonly dmerp_read_callback Read = OnRead;
        internal static readonly dmerp_write_callback Write = OnWrite;
        internal static readonly dmerp_waiting_callback Waiting = OnWaiting;

        private static int OnLog(IntPtr userData, int level, IntPtr message)
        {
            try
            {
                LogSink.Of(userData).Write((LogLevel)level, Utf8.Decode(message));
                return 0;
            }
            catch (Exception exception)
            {
                return Verb.Fail(exception);
            }
        }

        private static int OnProgress(IntPtr userData, ulong done, ulong total)
        {
            try
            {
                Verb.Innermost.Progress.Report((long)done);
                return 0;
            }
            catch (Exception exception)
            {
                return Verb.Fail(exception);
            }
        }

        private static int OnRead(IntPtr userData, IntPtr data, UIntPtr capacity, IntPtr len)
        {
            try
            {
                var verb = Verb.Innermost;
                var piece = verb.Piece;
                var room = (int)Math.Min((ulong)capacity, (ulong)piece.Length);
                var length = verb.Content.Read(piece, 0, room);
                if (length < 0 || length > room)
                {
                    throw new IOException("The stream says that it read " + length + " bytes into room for " + room + ".");
                }
                Marshal.Copy(piece, 0, data, length);
                // Last: the library takes no content that this did not get to.
                Marshal.WriteIntPtr(len, (IntPtr)length);
                return 0;
            }
            catch (Exception exception)
            {
                return Verb.Fail(exception);
            }
        }

        private static int OnWrite(IntPtr userData, IntPtr data, UIntPtr len, IntPtr taken)
        {
            try
            {
                var verb = Verb.Innermost;
                var piece = verb.Piece;
                for (var left = (ulong)len; left > 0;)
                {
                    var length = (int)Math.Min(left, (ulong)piece.Length);
                    Marshal.Copy(data, piece, 0, length);
                    verb.Content.Write(piece, 0, length);
                    data = IntPtr.Add(data, length);
                    left -= (ulong)length;
                }
                Marshal.WriteIntPtr(taken, unchecked((IntPtr)(long)(ulong)len));
                return 0;
            }
            catch (Exception exception)
            {
                return Verb.Fail(exception);
            }
        }

        /// <summary>
        /// Ends the call of a thread that is to be aborted, as when its AppDomain is unloaded: see <see cref="Verb.Call"/>.
        /// </summary>
        private static int OnWaiting(IntPtr userData)
        {
            try
            {
                return (Thread.CurrentThread.ThreadState & ThreadState.AbortRequested) != 0 ? 1 : 0;
            }
            catch (Exception exception)
            {
                return Verb.Fail(exception);
            }
        }
    }
}
