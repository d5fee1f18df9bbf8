namespace Dmerp
{
    /// <summary>The keys of dmerp.h's table of options, each under the name of its property of <see cref="Config"/>.</summary>
    internal static class Options
    {
        internal const string AppArea = "app_area";
        internal const string ApiKey = "api_key";
        internal const string BaseUrl = "base_url";
        internal const string Format = "format";
        internal const string TimeoutConnect = "timeout.connect_ms";
        internal const string TimeoutIdle = "timeout.idle_ms";
        internal const string TimeoutOverall = "timeout.overall_ms";
        internal const string RetryMaxAttempts = "retry.max_attempts";
        internal const string RetryBase = "retry.base_ms";
        internal const string RetryMax = "retry.max_ms";
        internal const string TlsRoots = "tls.roots";
        internal const string TlsCaFile = "tls.ca_file";
        internal const string TlsCaPem = "tls.ca_pem";
        internal const string Proxy = "proxy";
        internal const string UserAgent = "user_agent";
        internal const string UploadContentType = "upload_content_type";
        internal const string DoneBatch = "done_batch";
        internal const string MaxListBytes = "max_list_bytes";
        internal const string MaxMemoryBytes = "max_memory_bytes";
        internal const string MaxDownloadBytes = "max_download_bytes";
        internal const string TempDir = "temp_dir";
    }
}
