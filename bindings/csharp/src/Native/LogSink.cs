using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dmerp.Native
{
    /// <summary>
    /// What the library's log callback gets as its user data. It is owned by the configuration and by every client made of it,
    /// and reachable from native code until the last of them has been freed there.
    /// </summary>
    internal sealed class LogSink
    {
        private readonly Action<LogLevel, string> write;
        private GCHandle self;
        private int owners = 1;

        internal LogSink(Action<LogLevel, string> write)
        {
            this.write = write;
            self = GCHandle.Alloc(this);
        }

        internal IntPtr UserData => GCHandle.ToIntPtr(self);

        internal static LogSink Of(IntPtr userData) => (LogSink)GCHandle.FromIntPtr(userData).Target;

        internal void Write(LogLevel level, string message) => write(level, message);

        internal LogSink AddOwner()
        {
            Interlocked.Increment(ref owners);
            return this;
        }

        internal void Release()
        {
            if (Interlocked.Decrement(ref owners) == 0)
            {
                self.Free();
            }
        }
    }
}
