using System;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Dmerp.Native
{
    /// <summary>
    /// The verb that runs on this thread; or the one in whose callback it runs, and so on. The library calls back on the thread
    /// that made the call, so a callback belongs to the innermost verb of its thread. The verb takes the exception that a
    /// callback threw, since none may reach native code, and throws it again when the native call has returned.
    /// </summary>
    internal sealed class Verb : IDisposable
    {
        [ThreadStatic]
        private static Verb innermost;

        private readonly Verb outer;
        private Exception thrown;

        internal Verb(IProgress<long> progress = null, Stream content = null)
        {
            Progress = progress;
            Content = content;
            Piece = content != null ? new byte[64 * 1024] : null;
            outer = innermost;
            innermost = this;
        }

        /// <summary>The verb that a callback belongs to; null where none runs on this thread.</summary>
        internal static Verb Innermost => innermost;

        /// <summary>Who is told the progress; null for nobody.</summary>
        internal IProgress<long> Progress { get; }

        /// <summary>Where the content comes from or goes to; null where that is no stream.</summary>
        internal Stream Content { get; }

        /// <summary>What a piece of the content is copied through.</summary>
        internal byte[] Piece { get; }

        /// <summary>A function of the library that can call back.</summary>
        internal delegate int NativeCall(out ErrorHandle error);

        public void Dispose() => innermost = outer;

        /// <summary>
        /// Makes the native call. Then throws again what a callback threw; else the library's error, if there is one.
        /// </summary>
        internal void Call(NativeCall call, CancellationToken token)
        {
            Failure failure;
            try
            {
            }
            finally
            {
                // While a thread is in a finally block, .NET Framework and Mono put off its abort. Else they would raise it as a
                // callback begins, through the frames of native code, which would end the process.
                failure = Failure.Take(call(out var error), error);
            }
#if !NET5_0_OR_GREATER
            if (thrown is ThreadAbortException)
            {
                Thread.CurrentThread.Abort();
            }
#endif
            if (thrown != null)
            {
                // With the stack trace that it has.
                ExceptionDispatchInfo.Capture(thrown).Throw();
            }
            if (failure != null)
            {
                throw failure.ToException(token);
            }
        }

        /// <summary>
        /// Keeps what a callback threw; what the callback then returns to the library, which ends the call. It allocates nothing:
        /// the exception may be that there is no memory left.
        /// </summary>
        internal static int Fail(Exception exception)
        {
            var verb = innermost;
            if (verb != null && (verb.thrown == null || exception is ThreadAbortException))
            {
                verb.thrown = exception;
            }
#if !NET5_0_OR_GREATER
            // A callback can abort its own thread. That is raised again at the end of the catch block, there through native code;
            // so it is taken back, and asked for again when the native call has returned.
            if (exception is ThreadAbortException)
            {
                Thread.ResetAbort();
            }
#endif
            return 1;
        }
    }
}
