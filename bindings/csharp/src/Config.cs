// Without it the compiler leaves out calls of Trace.
#define TRACE

using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// The options of a client, before it is made. A client copies them, so a configuration can be changed or disposed at once
    /// afterwards. The library checks each key and value; what it refuses is a <see cref="DmerpException"/> with
    /// <see cref="Status.InvalidConfig"/>, and the option keeps what it had. Reading a property gives the value in force, or null
    /// where there is none; an option cannot go back to having none. Durations are of whole milliseconds, rounded up, and never
    /// infinite. After Dispose every member throws <see cref="ObjectDisposedException"/>. Any thread.
    /// </summary>
    /// <example>
    /// <code>
    /// using (var config = new Config("DMDEV01", key) { TimeoutIdle = TimeSpan.FromSeconds(30) })
    /// using (var client = new Client(config))
    /// </code>
    /// </example>
    public sealed class Config : IDisposable
    {
        private readonly Handle handle;

        /// <summary>Every option has its default; the application area and the API key have none.</summary>
        /// <exception cref="DllNotFoundException">The native library is not there; the message tells why.</exception>
        public Config()
        {
            DmerpException.ThrowIf(Native.dmerp_config_new(out var config, out var error), error);
            handle = new Handle(config, Native.dmerp_config_free);
        }

        /// <summary>Every option but these two has its default. See <see cref="SetApiKey"/>.</summary>
        /// <exception cref="ArgumentNullException">An argument is null.</exception>
        public Config(string appArea, string apiKey) : this()
        {
            SetOption("app_area", appArea, nameof(appArea));
            SetApiKey(apiKey);
        }

        /// <summary>The application area's code, such as DMDEV01. Required.</summary>
        [DisallowNull]
        public string? AppArea { get => Get("app_area"); set => SetOption("app_area", value); }

        /// <summary>Whether the API key was set. It can be replaced with <see cref="SetApiKey"/>, but not read.</summary>
        public bool HasApiKey => Get("api_key") != null;

        /// <summary>The http or https URL where the portal is; /erp/... is added to it.</summary>
        public string BaseUrl { get => Get("base_url")!; set => SetOption("base_url", value); }

        /// <summary>The form asked of pull and done where a call names none: XML or JSON.</summary>
        public Format Format { get => GetEnum<Format>("format"); set => SetEnum("format", value); }

        /// <summary>The time to make one connection: name resolution, TCP and TLS.</summary>
        public TimeSpan TimeoutConnect { get => GetDuration("timeout.connect_ms"); set => Set("timeout.connect_ms", value); }

        /// <summary>The time in which nothing is sent and nothing received before an attempt is given up.</summary>
        public TimeSpan TimeoutIdle { get => GetDuration("timeout.idle_ms"); set => Set("timeout.idle_ms", value); }

        /// <summary>The time for a whole call, retries included; <see cref="CallOptions.Timeout"/> can only shorten it.</summary>
        public TimeSpan TimeoutOverall { get => GetDuration("timeout.overall_ms"); set => Set("timeout.overall_ms", value); }

        /// <summary>How often one request is tried in all; 1 turns retries off.</summary>
        public int RetryMaxAttempts { get => (int)GetNumber("retry.max_attempts"); set => Set("retry.max_attempts", value); }

        /// <summary>What the first wait between two tries is at most; each further one may be twice as long.</summary>
        public TimeSpan RetryBase { get => GetDuration("retry.base_ms"); set => Set("retry.base_ms", value); }

        /// <summary>What no wait between two tries exceeds, unless the portal's Retry-After asks for more.</summary>
        public TimeSpan RetryMax { get => GetDuration("retry.max_ms"); set => Set("retry.max_ms", value); }

        /// <summary>Which certificate authorities count.</summary>
        public TlsRoots TlsRoots { get => GetEnum<TlsRoots>("tls.roots"); set => SetEnum("tls.roots", value); }

        /// <summary>A PEM file of certificate authorities to trust, such as a company's inspecting proxy.</summary>
        [DisallowNull]
        public string? TlsCaFile { get => Get("tls.ca_file"); set => SetOption("tls.ca_file", value); }

        /// <summary>Like <see cref="TlsCaFile"/>, with the certificates themselves, as text in PEM form.</summary>
        [DisallowNull]
        public string? TlsCaPem { get => Get("tls.ca_pem"); set => SetOption("tls.ca_pem", value); }

        /// <summary>
        /// "system" for the platform's settings, "none" to connect directly, or http://[user:password@]host:port.
        /// </summary>
        public string Proxy { get => Get("proxy")!; set => SetOption("proxy", value); }

        /// <summary>The User-Agent header of every request.</summary>
        public string UserAgent { get => Get("user_agent")!; set => SetOption("user_agent", value); }

        /// <summary>The Content-Type of an upload, in place of one that follows the packet.</summary>
        [DisallowNull]
        public string? UploadContentType { get => Get("upload_content_type"); set => SetOption("upload_content_type", value); }

        /// <summary>How many packets one request of done marks; more are sent in several requests.</summary>
        public int DoneBatch { get => (int)GetNumber("done_batch"); set => Set("done_batch", value); }

        /// <summary>The largest list of packets accepted from pull, in bytes.</summary>
        public long MaxListBytes { get => GetNumber("max_list_bytes"); set => Set("max_list_bytes", value); }

        /// <summary>The largest packet that a download holds in memory, in bytes.</summary>
        public long MaxMemoryBytes { get => GetNumber("max_memory_bytes"); set => Set("max_memory_bytes", value); }

        /// <summary>The largest packet accepted from the storage, in bytes.</summary>
        public long MaxDownloadBytes { get => GetNumber("max_download_bytes"); set => Set("max_download_bytes", value); }

        /// <summary>The folder for the temporary files of streams and receivers; null for the system's.</summary>
        [DisallowNull]
        public string? TempDir { get => Get("temp_dir"); set => SetOption("temp_dir", value); }

        /// <summary>How many packets a receiver downloads at the same time.</summary>
        public int ReceiveConcurrency { get => (int)GetNumber("receive.concurrency"); set => Set("receive.concurrency", value); }

        /// <summary>How many packets a receiver downloads before you take them, at most.</summary>
        public int ReceiveAheadPackets
        {
            get => (int)GetNumber("receive.ahead_packets");
            set => Set("receive.ahead_packets", value);
        }

        /// <summary>
        /// How many content bytes a receiver downloads before you take them, in memory and in files. One packet may be larger.
        /// </summary>
        public long ReceiveAheadBytes { get => GetNumber("receive.ahead_bytes"); set => Set("receive.ahead_bytes", value); }

        /// <summary>
        /// The largest packet that a receiver keeps in memory, in bytes. Larger content is in a file in <see cref="TempDir"/>.
        /// </summary>
        public long ReceiveMemoryBytes { get => GetNumber("receive.memory_bytes"); set => Set("receive.memory_bytes", value); }

        /// <summary>A receiver marks handled packets done when this many wait.</summary>
        public int ReceiveDoneCount { get => (int)GetNumber("receive.done_count"); set => Set("receive.done_count", value); }

        /// <summary>
        /// A receiver marks handled packets done when the oldest has waited this long. It looks when you ask for a packet.
        /// </summary>
        public TimeSpan ReceiveDone { get => GetDuration("receive.done_ms"); set => Set("receive.done_ms", value); }

        /// <summary>
        /// The longest time in which a receiver marks handled packets done at its end. A cancel does not shorten it.
        /// </summary>
        public TimeSpan ReceiveClose { get => GetDuration("receive.close_ms"); set => Set("receive.close_ms", value); }

        /// <summary>
        /// How long a listed packet may wait until it is handed over. Then a later list must show it again. Keep it below the
        /// portal's visibility time-out.
        /// </summary>
        public TimeSpan ReceiveLease { get => GetDuration("receive.lease_ms"); set => Set("receive.lease_ms", value); }

        /// <summary>
        /// After this many failures a packet goes to <see cref="ReceiveDeadLetterDir"/>: its download failed, or you kept it or
        /// did not say done.
        /// </summary>
        public int ReceiveMaxDeliveries
        {
            get => (int)GetNumber("receive.max_deliveries");
            set => Set("receive.max_deliveries", value);
        }

        /// <summary>
        /// The folder for packets that fail again and again; null, and they stay in the queue. A receiver stores the content and
        /// a JSON file that says why, and marks the packet done.
        /// </summary>
        [DisallowNull]
        public string? ReceiveDeadLetterDir
        {
            get => Get("receive.dead_letter_dir");
            set => SetOption("receive.dead_letter_dir", value);
        }

        /// <summary>
        /// Zero: a receiver ends when the queue is empty. Else it waits this long for new packets, and lists again. The wait
        /// grows up to <see cref="ReceivePollMax"/>, which cannot be less, while the queue stays empty.
        /// </summary>
        public TimeSpan ReceivePoll { get => GetDuration("receive.poll_ms"); set => Set("receive.poll_ms", value); }

        /// <summary>The longest wait between two lists of an empty queue.</summary>
        public TimeSpan ReceivePollMax { get => GetDuration("receive.poll_max_ms"); set => Set("receive.poll_max_ms", value); }

        /// <summary>A receiver ends after it has handed over this many packets. 0: no limit.</summary>
        public long ReceiveMaxPackets { get => GetNumber("receive.max_packets"); set => Set("receive.max_packets", value); }

        /// <summary>A receiver hands over nothing new after this time since it was opened. Zero: no limit.</summary>
        public TimeSpan ReceiveMax { get => GetDuration("receive.max_ms"); set => Set("receive.max_ms", value); }

        /// <summary>
        /// How many packets <see cref="Client.PushMany"/> pushes at the same time. Each mobile user gets one at a time.
        /// </summary>
        public int PushConcurrency { get => (int)GetNumber("push.concurrency"); set => Set("push.concurrency", value); }

        private static NativeMethods Native => NativeMethods.Loaded;

        /// <summary>
        /// Sets the application area's API key. Required. It appears in no message and no log, and cannot be read back:
        /// <see cref="HasApiKey"/> tells whether there is one. The library's copies are wiped when they are no longer needed; the
        /// string stays the caller's.
        /// </summary>
        /// <exception cref="ArgumentNullException"><paramref name="apiKey"/> is null.</exception>
        public void SetApiKey(string apiKey) => SetOption("api_key", apiKey, nameof(apiKey));

        /// <summary>Sets an option by its key in the library's table, also one that has no property here.</summary>
        /// <exception cref="ArgumentException">A text is null, or holds what cannot be sent, such as a NUL.</exception>
        public void Set(string key, string value) => SetOption(key, value, nameof(value));

        /// <summary>
        /// The value in force for an option, by its key; null where it has neither a value nor a default. The API key reads as
        /// "(set)", which cannot be set.
        /// </summary>
        /// <exception cref="ArgumentException">The text is null, or holds what cannot be sent, such as a NUL.</exception>
        public string? Get(string key) => handle.Borrow(nameof(Config), config =>
        {
            var status = Native.dmerp_config_get(config, Utf8.Encode(key, nameof(key)), out var value, out var error);
            DmerpException.ThrowIf(status, error);
            try
            {
                return Utf8.Decode(value);
            }
            finally
            {
                Native.dmerp_buffer_free(ref value);
            }
        });

        /// <summary>
        /// Gives the log records of every client made of this configuration afterwards, at least as important as
        /// <paramref name="minimum"/>, to <paramref name="sink"/>, in place of one given before. A record is one line, and never
        /// holds the API key. The sink is called on the thread that makes the call a record is about (of an Async method, a
        /// thread of its own), so by several at once when several make calls. It changes no call's outcome: what it throws goes
        /// to <see cref="Trace"/> and no further. A sink that is null turns logging off, as it is at first.
        /// </summary>
        /// <exception cref="DmerpException">There is no such level.</exception>
        public void LogTo(LogLevel minimum, Action<LogLevel, string>? sink)
        {
            var log = sink == null ? null : new dmerp_log_callback(new Log(sink).Write);
            lock (handle)
            {
                handle.Log = handle.Borrow(nameof(Config), config =>
                {
                    var status = Native.dmerp_config_set_log(config, (int)minimum, log, IntPtr.Zero, out var error);
                    DmerpException.ThrowIf(status, error);
                    return log;
                });
            }
        }

        /// <summary>
        /// Frees the configuration and wipes the API key in it. Clients made of it stay good. Disposing twice is harmless.
        /// </summary>
        public void Dispose() => handle.Dispose();

        /// <summary>Whole milliseconds, rounded up, so that what is more than nothing stays so.</summary>
        internal static long Milliseconds(TimeSpan duration) =>
            duration.Ticks / TimeSpan.TicksPerMillisecond + (duration.Ticks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);

        /// <summary>A client with the options and the log sink as they are now.</summary>
        internal Handle MakeClient()
        {
            lock (handle)
            {
                return handle.Borrow(nameof(Config), config =>
                {
                    DmerpException.ThrowIf(Native.dmerp_client_new(config, out var client, out var error), error);
                    return new Handle(client, Native.dmerp_client_free) { Log = handle.Log };
                });
            }
        }

        private void SetOption(string key, string value, [CallerMemberName] string argument = "")
        {
            handle.ThrowIfDisposed(nameof(Config));
            var encoded = Utf8.Encode(value, argument);
            try
            {
                handle.Borrow(nameof(Config), config =>
                {
                    var name = Utf8.Encode(key, nameof(key));
                    DmerpException.ThrowIf(Native.dmerp_config_set(config, name, encoded, out var error), error);
                    return true;
                });
            }
            finally
            {
                Array.Clear(encoded, 0, encoded.Length); // it may be the API key
            }
        }

        private long GetNumber(string key) => long.Parse(Get(key)!, CultureInfo.InvariantCulture);

        private void Set(string key, long value) => Set(key, value.ToString(CultureInfo.InvariantCulture));

        private TimeSpan GetDuration(string key) => TimeSpan.FromTicks(GetNumber(key) * TimeSpan.TicksPerMillisecond);

        private void Set(string key, TimeSpan value) => Set(key, Milliseconds(value));

        private T GetEnum<T>(string key) where T : struct => (T)Enum.Parse(typeof(T), Get(key)!, true);

        private void SetEnum<T>(string key, T value) where T : struct => Set(key, value.ToString()!.ToLowerInvariant());

        /// <summary>A sink. Nothing may be thrown through native code, so all that can throw is in its try.</summary>
        private sealed class Log
        {
            private readonly Action<LogLevel, string> sink;

            internal Log(Action<LogLevel, string> sink)
            {
                this.sink = sink;
            }

            internal void Write(IntPtr userData, int level, IntPtr message)
            {
                try
                {
                    sink((LogLevel)level, Utf8.Decode(message)!); // Mono has no object here when it unloads an AppDomain
                }
                catch (Exception problem)
                {
                    if (problem is ThreadAbortException)
                    {
                        Thread.ResetAbort(); // the sink aborted its own thread: see Call.Fail
                    }
                    try
                    {
                        Trace.TraceError("dmerp: a log sink threw: " + problem);
                    }
                    catch (Exception)
                    {
                        // A trace listener threw as well, and nobody is left to tell.
                    }
                }
            }
        }
    }
}
