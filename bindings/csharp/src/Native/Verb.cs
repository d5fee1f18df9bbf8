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
        private ExceptionDispatchInfo thrown;

        internal Verb(IProgress<long> progress = null, Stream content = null)
        {
            Progress = progress;
            Content = content;
            Piece = content != null ? new byte[64 * 1024] : null;
            outer = innermost;
            innermost = this;
        }

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
            if (thrown?.SourceException is ThreadAbortException)
            {
                Thread.CurrentThread.Abort();
            }
#endif
            thrown?.Throw();
            if (failure != null)
            {
                throw failure.ToException(token);
            }
        }

        /// <summary>
        /// Runs a callback for the library. An exception does not get out of here: it ends the call.
        /// </summary>
        internal static int Run(Func<Verb, int> callback)
        {
            var verb = innermost;
            try
            {
                return callback(verb);
            }
            catch (Exception exception)
            {
                if (verb != null && (verb.thrown == null || exception is ThreadAbortException))
                {
                    verb.thrown = ExceptionDispatchInfo.Capture(exception);
                }
#if !NET5_0_OR_GREATER
                // A callback can abort its own thread. That is raised again at the end of a catch block, here through native
                // code; so it is taken back, and asked for again when the native call has returned.
                if (exception is ThreadAbortException)
                {
                    Thread.ResetAbort();
                }
#endif
                return 1;
            }
        }
    }
}
