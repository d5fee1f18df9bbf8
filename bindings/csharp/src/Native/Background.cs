using System;
using System.Threading;
using System.Threading.Tasks;

namespace Dmerp.Native
{
    /// <summary>
    /// Runs a blocking verb on a thread of its own: it can last an hour, and the pool's threads are for short work. The thread
    /// is a background one, so it does not hold up the end of the process.
    /// </summary>
    internal static class Background
    {
        private const TaskCreationOptions Options = TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach;

        // Awaiting turns an OperationCanceledException, with whatever token, into a canceled task that keeps the exception.
        internal static async Task<T> Run<T>(Func<T> verb) =>
            await Task.Factory.StartNew(verb, CancellationToken.None, Options, TaskScheduler.Default).ConfigureAwait(false);

        internal static async Task Run(Action verb) =>
            await Task.Factory.StartNew(verb, CancellationToken.None, Options, TaskScheduler.Default).ConfigureAwait(false);
    }
}
