// Without it the compiler leaves out calls of TraceSource.
#define TRACE

using System;
using System.Diagnostics;
using System.Globalization;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// The options of a client, before it is made. A client copies them, so a configuration can be changed or disposed at once
    /// afterwards. The library checks each value when it is set and throws <see cref="InvalidConfigException"/>; the option keeps
    /// what it had then. Reading a property gives the value in force. Any thread.
    /// </summary>
    /// <example>
    /// <code>
    /// using (var config = new Config { AppArea = "DMDEV01", ApiKey = key, TimeoutIdle = TimeSpan.FromSeconds(30) })
    /// using (var client = new Client(config))
    /// </code>
    /// </example>
    public sealed class Config : IDisposable
    {
        private readonly object changing = new object();
        private readonly ConfigHandle handle;

        /// <summary>Every option has its default.</summary>
        /// <exception cref="DllNotFoundException">
        /// The native library is not there; the message lists where it was looked for.
        /// </exception>
        public Config()
        {
            var status = NativeMethods.Loaded.ConfigNew(out handle, out var error);
            Failure.ThrowIf(status, error);
        }

        /// <summary>The application area's code, such as DMDEV01. Required.</summary>
        public string AppArea
        {
            get => Get(Options.AppArea);
            set => Set(Options.AppArea, value, nameof(AppArea));
        }

        /// <summary>
        /// The application area's API key. Required. It appears in no message and no log, and reads as "(set)". The library's
        /// copies are wiped when they are no longer needed; the string stays the caller's.
        /// </summary>
        public string ApiKey
        {
            get => Get(Options.ApiKey);
            set => Set(Options.ApiKey, value, nameof(ApiKey));
        }

        /// <summary>The http or https URL where the portal is; /erp/... is added to it.</summary>
        public string BaseUrl
        {
            get => Get(Options.BaseUrl);
            set => Set(Options.BaseUrl, value, nameof(BaseUrl));
        }

        /// <summary>The form asked of pull and done where a call names none: XML or JSON.</summary>
        public Format Format
        {
            get => GetEnum<Format>(Options.Format);
            set => SetEnum(Options.Format, value);
        }

        /// <summary>
        /// The time to make one connection: name resolution, TCP and TLS. Of whole milliseconds, as all durations here.
        /// </summary>
        public TimeSpan TimeoutConnect
        {
            get => GetDuration(Options.TimeoutConnect);
            set => SetDuration(Options.TimeoutConnect, value);
        }

        /// <summary>The time in which nothing is sent and nothing received before an attempt is given up.</summary>
        public TimeSpan TimeoutIdle
        {
            get => GetDuration(Options.TimeoutIdle);
            set => SetDuration(Options.TimeoutIdle, value);
        }

        /// <summary>
        /// The time for one whole call, its retries included. <see cref="CallOptions.Deadline"/> can only shorten it.
        /// </summary>
        public TimeSpan TimeoutOverall
        {
            get => GetDuration(Options.TimeoutOverall);
            set => SetDuration(Options.TimeoutOverall, value);
        }

        /// <summary>How often one request is tried in all; 1 turns retries off.</summary>
        public int RetryMaxAttempts
        {
            get => (int)GetNumber(Options.RetryMaxAttempts);
            set => SetNumber(Options.RetryMaxAttempts, value);
        }

        /// <summary>What the first wait between two tries is at most; each further one may be twice as long.</summary>
        public TimeSpan RetryBase
        {
            get => GetDuration(Options.RetryBase);
            set => SetDuration(Options.RetryBase, value);
        }

        /// <summary>What no wait between two tries exceeds, unless the portal's Retry-After asks for more.</summary>
        public TimeSpan RetryMax
        {
            get => GetDuration(Options.RetryMax);
            set => SetDuration(Options.RetryMax, value);
        }

        /// <summary>Which certificate authorities count.</summary>
        public TlsRoots TlsRoots
        {
            get => GetEnum<TlsRoots>(Options.TlsRoots);
            set => SetEnum(Options.TlsRoots, value);
        }

        /// <summary>
        /// A PEM file of certificate authorities to trust, such as a company's inspecting proxy. Reads as null until it is set;
        /// what was set can be replaced, but not be taken away again.
        /// </summary>
        public string TlsCaFile
        {
            get => Get(Options.TlsCaFile);
            set => Set(Options.TlsCaFile, value, nameof(TlsCaFile));
        }

        /// <summary>
        /// "system" for the platform's settings, "none" to connect directly, or http://[user:password@]host:port.
        /// </summary>
        public string Proxy
        {
            get => Get(Options.Proxy);
            set => Set(Options.Proxy, value, nameof(Proxy));
        }

        /// <summary>The User-Agent header of every request.</summary>
        public string UserAgent
        {
            get => Get(Options.UserAgent);
            set => Set(Options.UserAgent, value, nameof(UserAgent));
        }

        /// <summary>
        /// The Content-Type of an upload, in place of one that follows the packet. Reads as null until it is set; what was set
        /// can be replaced, but not be taken away again.
        /// </summary>
        public string UploadContentType
        {
            get => Get(Options.UploadContentType);
            set => Set(Options.UploadContentType, value, nameof(UploadContentType));
        }

        /// <summary>How many packets one request of done marks; more are sent in several requests.</summary>
        public int DoneBatch
        {
            get => (int)GetNumber(Options.DoneBatch);
            set => SetNumber(Options.DoneBatch, value);
        }

        /// <summary>The largest list of packets accepted from pull, in bytes.</summary>
        public long MaxListBytes
        {
            get => GetNumber(Options.MaxListBytes);
            set => SetNumber(Options.MaxListBytes, value);
        }

        /// <summary>
        /// The largest packet that <see cref="Client.Download(string, CallOptions, System.Threading.CancellationToken)"/> holds
        /// in memory, in bytes.
        /// </summary>
        public long MaxMemoryBytes
        {
            get => GetNumber(Options.MaxMemoryBytes);
            set => SetNumber(Options.MaxMemoryBytes, value);
        }

        /// <summary>The largest packet accepted from the storage, in bytes.</summary>
        public long MaxDownloadBytes
        {
            get => GetNumber(Options.MaxDownloadBytes);
            set => SetNumber(Options.MaxDownloadBytes, value);
        }

        /// <summary>Sets an option by its key in the library's table, as for one that has no property here yet.</summary>
        /// <exception cref="ArgumentNullException">An argument is null.</exception>
        /// <exception cref="InvalidConfigException">There is no such option, or this is not a value for it.</exception>
        /// <exception cref="InvalidArgumentException">A text holds what cannot be sent, such as a NUL.</exception>
        /// <exception cref="ObjectDisposedException">The configuration was disposed.</exception>
        public void Set(string key, string value) => Set(key, value, nameof(value));

        /// <summary>
        /// The value in force for an option, by its key; null where it has neither a value nor a default. A secret reads as
        /// "(set)".
        /// </summary>
        /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
        /// <exception cref="InvalidConfigException">There is no such option.</exception>
        /// <exception cref="ObjectDisposedException">The configuration was disposed.</exception>
        public string Get(string key)
        {
            ThrowIfDisposed();
            var status = NativeMethods.Loaded.ConfigGet(handle, Utf8.Encode(key, nameof(key)), out var value, out var error);
            Failure.ThrowIf(status, error);
            try
            {
                return Buffers.Text(value);
            }
            finally
            {
                NativeMethods.Loaded.BufferFree(ref value);
            }
        }

        /// <summary>
        /// Gives the log records of every client made of this configuration afterwards, at least as important as
        /// <paramref name="minimum"/>, to <paramref name="sink"/>, in place of one given before. A record is one line, and never
        /// holds the API key. The sink is called on the thread that makes the call a record is about (of an Async method, a
        /// thread of its own), so by several at once when several make calls. What it throws ends that call and comes out of it,
        /// of a push also when the packet was stored by then.
        /// </summary>
        /// <exception cref="ArgumentNullException"><paramref name="sink"/> is null.</exception>
        /// <exception cref="InvalidArgumentException">There is no such level.</exception>
        /// <exception cref="ObjectDisposedException">The configuration was disposed.</exception>
        public void LogTo(LogLevel minimum, Action<LogLevel, string> sink)
        {
            if (sink == null)
            {
                throw new ArgumentNullException(nameof(sink));
            }
            lock (changing)
            {
                using (new HandleUse(handle, nameof(Config)))
                {
                    var native = NativeMethods.Loaded;
                    var taken = new LogSink(sink);
                    var status = native.ConfigSetLog(handle, (int)minimum, Callbacks.Log, taken.UserData, out var error);
                    var unused = status == (int)Status.Ok ? handle.Sink : taken;
                    handle.Sink = status == (int)Status.Ok ? taken : handle.Sink;
                    unused?.Release();
                    Failure.ThrowIf(status, error);
                }
            }
        }

        /// <summary>
        /// Gives the log records of every client made of this configuration afterwards to a trace source, whose Switch decides
        /// which are written, also while clients run. See <see cref="LogTo(LogLevel, Action{LogLevel, string})"/>.
        /// </summary>
        /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
        /// <exception cref="ObjectDisposedException">The configuration was disposed.</exception>
        public void LogTo(TraceSource source)
        {
            if (source == null)
            {
                throw new ArgumentNullException(nameof(source));
            }
            LogTo(LogLevel.Debug, (level, message) => source.TraceEvent(EventType(level), 0, message));
        }

        /// <summary>
        /// Frees the configuration and wipes the API key in it. Clients made of it stay good. Disposing twice is harmless.
        /// </summary>
        public void Dispose() => handle.Dispose();

        /// <summary>A client with the options and the log sink as they are now.</summary>
        internal ClientHandle MakeClient()
        {
            lock (changing)
            {
                using (new HandleUse(handle, nameof(Config)))
                using (var verb = new Verb())
                {
                    ClientHandle client = null;
                    try
                    {
                        verb.Call(
                            (out ErrorHandle error) => NativeMethods.Loaded.ClientNew(handle, out client, out error), default);
                        client.Sink = handle.Sink?.AddOwner();
                        return client;
                    }
                    catch
                    {
                        client?.Dispose();
                        throw;
                    }
                }
            }
        }

        private void Set(string key, string value, string argument)
        {
            ThrowIfDisposed();
            var encoded = Utf8.Encode(value, argument);
            try
            {
                var status = NativeMethods.Loaded.ConfigSet(handle, Utf8.Encode(key, nameof(key)), encoded, out var error);
                Failure.ThrowIf(status, error);
            }
            finally
            {
                // It may be the API key.
                Array.Clear(encoded, 0, encoded.Length);
            }
        }

        private static TraceEventType EventType(LogLevel level)
        {
            switch (level)
            {
                case LogLevel.Error: return TraceEventType.Error;
                case LogLevel.Warning: return TraceEventType.Warning;
                case LogLevel.Info: return TraceEventType.Information;
                default: return TraceEventType.Verbose;
            }
        }

        private long GetNumber(string key) => long.Parse(Get(key), CultureInfo.InvariantCulture);

        private void SetNumber(string key, long value) => Set(key, value.ToString(CultureInfo.InvariantCulture));

        private TimeSpan GetDuration(string key) => TimeSpan.FromTicks(GetNumber(key) * TimeSpan.TicksPerMillisecond);

        private void SetDuration(string key, TimeSpan value) => SetNumber(key, Milliseconds.Of(value));

        private T GetEnum<T>(string key) where T : struct => (T)Enum.Parse(typeof(T), Get(key), true);

        private void SetEnum<T>(string key, T value) where T : struct => Set(key, value.ToString().ToLowerInvariant());

        private void ThrowIfDisposed()
        {
            if (handle.IsClosed)
            {
                throw new ObjectDisposedException(nameof(Config));
            }
        }
    }
}
