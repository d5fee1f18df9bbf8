using System;
using System.Threading;

namespace Dmerp.Native
{
    /// <summary>The functions of the native library that was loaded; each is explained in dmerp.h.</summary>
    internal sealed class NativeMethods
    {
        /// <summary>The DMERP_ABI_VERSION of the header that the declarations follow.</summary>
        internal const int AbiVersion = 1;

        // A failure is not kept: once the library is where it belongs, the next use finds it.
        private static readonly Lazy<NativeMethods> Once =
            new Lazy<NativeMethods>(LibraryFinder.Find, LazyThreadSafetyMode.PublicationOnly);

        internal readonly dmerp_version Version;
        internal readonly dmerp_abi_version AbiVersionOfLibrary;
        internal readonly dmerp_live_handles LiveHandles;
        internal readonly dmerp_status_name StatusName;
        internal readonly dmerp_status_meaning StatusMeaning;
        internal readonly dmerp_status_action StatusAction;
        internal readonly dmerp_status_is_retryable StatusIsRetryable;
        internal readonly dmerp_error_status ErrorStatus;
        internal readonly dmerp_error_message ErrorMessage;
        internal readonly dmerp_error_http_status ErrorHttpStatus;
        internal readonly dmerp_error_server_message ErrorServerMessage;
        internal readonly dmerp_error_packet_id ErrorPacketId;
        internal readonly dmerp_error_attempts ErrorAttempts;
        internal readonly dmerp_error_is_retryable ErrorIsRetryable;
        internal readonly dmerp_error_free ErrorFree;
        internal readonly dmerp_buffer_free BufferFree;
        internal readonly dmerp_config_new ConfigNew;
        internal readonly dmerp_config_set ConfigSet;
        internal readonly dmerp_config_get ConfigGet;
        internal readonly dmerp_config_set_log ConfigSetLog;
        internal readonly dmerp_config_free ConfigFree;
        internal readonly dmerp_call_new CallNew;
        internal readonly dmerp_call_set_deadline_ms CallSetDeadlineMs;
        internal readonly dmerp_call_set_progress CallSetProgress;
        internal readonly dmerp_call_set_waiting CallSetWaiting;
        internal readonly dmerp_call_cancel CallCancel;
        internal readonly dmerp_call_is_cancelled CallIsCancelled;
        internal readonly dmerp_call_free CallFree;
        internal readonly dmerp_pushed_packet_id PushedPacketId;
        internal readonly dmerp_pushed_sync_log_id PushedSyncLogId;
        internal readonly dmerp_pushed_free PushedFree;
        internal readonly dmerp_packets_len PacketsLen;
        internal readonly dmerp_packets_get PacketsGet;
        internal readonly dmerp_packets_other_field PacketsOtherField;
        internal readonly dmerp_packets_free PacketsFree;
        internal readonly dmerp_client_new ClientNew;
        internal readonly dmerp_client_push ClientPush;
        internal readonly dmerp_client_push_file ClientPushFile;
        internal readonly dmerp_client_push_stream ClientPushStream;
        internal readonly dmerp_client_pull ClientPull;
        internal readonly dmerp_client_link ClientLink;
        internal readonly dmerp_client_download ClientDownload;
        internal readonly dmerp_client_download_file ClientDownloadFile;
        internal readonly dmerp_client_download_stream ClientDownloadStream;
        internal readonly dmerp_client_done ClientDone;
        internal readonly dmerp_client_check ClientCheck;
        internal readonly dmerp_client_free ClientFree;

        /// <exception cref="EntryPointNotFoundException">The library lacks a function.</exception>
        internal NativeMethods(NativeLibrary library)
        {
            Path = library.Path;
            Version = library.Function<dmerp_version>();
            AbiVersionOfLibrary = library.Function<dmerp_abi_version>();
            LiveHandles = library.Function<dmerp_live_handles>();
            StatusName = library.Function<dmerp_status_name>();
            StatusMeaning = library.Function<dmerp_status_meaning>();
            StatusAction = library.Function<dmerp_status_action>();
            StatusIsRetryable = library.Function<dmerp_status_is_retryable>();
            ErrorStatus = library.Function<dmerp_error_status>();
            ErrorMessage = library.Function<dmerp_error_message>();
            ErrorHttpStatus = library.Function<dmerp_error_http_status>();
            ErrorServerMessage = library.Function<dmerp_error_server_message>();
            ErrorPacketId = library.Function<dmerp_error_packet_id>();
            ErrorAttempts = library.Function<dmerp_error_attempts>();
            ErrorIsRetryable = library.Function<dmerp_error_is_retryable>();
            ErrorFree = library.Function<dmerp_error_free>();
            BufferFree = library.Function<dmerp_buffer_free>();
            ConfigNew = library.Function<dmerp_config_new>();
            ConfigSet = library.Function<dmerp_config_set>();
            ConfigGet = library.Function<dmerp_config_get>();
            ConfigSetLog = library.Function<dmerp_config_set_log>();
            ConfigFree = library.Function<dmerp_config_free>();
            CallNew = library.Function<dmerp_call_new>();
            CallSetDeadlineMs = library.Function<dmerp_call_set_deadline_ms>();
            CallSetProgress = library.Function<dmerp_call_set_progress>();
            CallSetWaiting = library.Function<dmerp_call_set_waiting>();
            CallCancel = library.Function<dmerp_call_cancel>();
            CallIsCancelled = library.Function<dmerp_call_is_cancelled>();
            CallFree = library.Function<dmerp_call_free>();
            PushedPacketId = library.Function<dmerp_pushed_packet_id>();
            PushedSyncLogId = library.Function<dmerp_pushed_sync_log_id>();
            PushedFree = library.Function<dmerp_pushed_free>();
            PacketsLen = library.Function<dmerp_packets_len>();
            PacketsGet = library.Function<dmerp_packets_get>();
            PacketsOtherField = library.Function<dmerp_packets_other_field>();
            PacketsFree = library.Function<dmerp_packets_free>();
            ClientNew = library.Function<dmerp_client_new>();
            ClientPush = library.Function<dmerp_client_push>();
            ClientPushFile = library.Function<dmerp_client_push_file>();
            ClientPushStream = library.Function<dmerp_client_push_stream>();
            ClientPull = library.Function<dmerp_client_pull>();
            ClientLink = library.Function<dmerp_client_link>();
            ClientDownload = library.Function<dmerp_client_download>();
            ClientDownloadFile = library.Function<dmerp_client_download_file>();
            ClientDownloadStream = library.Function<dmerp_client_download_stream>();
            ClientDone = library.Function<dmerp_client_done>();
            ClientCheck = library.Function<dmerp_client_check>();
            ClientFree = library.Function<dmerp_client_free>();
        }

        /// <summary>Those of this process's library, which is loaded first where it was not yet.</summary>
        /// <exception cref="DllNotFoundException">
        /// It is not there or cannot be used; the message lists where it was looked for.
        /// </exception>
        internal static NativeMethods Loaded => Once.Value;

        /// <summary>What was loaded: a file's path, or a name that the system's search found.</summary>
        internal string Path { get; }
    }
}
