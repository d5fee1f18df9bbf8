using System;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    // The callbacks and functions of dmerp.h, under their names there, as delegates: the library is loaded from a path that is
    // found at run time, and .NET Framework cannot tell DllImport one. A byte[] is a text with its NUL: see Utf8. Those that can
    // take their time have plain pointers: see Call.

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_log_callback(IntPtr userData, int level, IntPtr message);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_progress_callback(IntPtr userData, ulong done, ulong total);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_read_callback(IntPtr userData, IntPtr data, UIntPtr capacity, IntPtr len);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_write_callback(IntPtr userData, IntPtr data, UIntPtr len, IntPtr taken);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_waiting_callback(IntPtr userData);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_version();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate uint dmerp_abi_version();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate UIntPtr dmerp_live_handles();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_status_name(int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_status_meaning(int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_status_action(int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_status_is_retryable(int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_error_status(ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_error_message(ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_error_http_status(ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_error_server_message(ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_error_packet_id(ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate uint dmerp_error_attempts(ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_error_is_retryable(ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_error_free(IntPtr error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_buffer_free(ref dmerp_buffer buffer);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_config_new(out ConfigHandle config, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_config_set(ConfigHandle config, byte[] key, byte[] value, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_config_get(
        ConfigHandle config, byte[] key, out dmerp_buffer value, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_config_set_log(
        ConfigHandle config, int level, dmerp_log_callback callback, IntPtr userData, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_config_free(IntPtr config);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_call_new(out CallHandle call, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_call_set_deadline_ms(CallHandle call, ulong deadlineMs, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_call_set_progress(
        CallHandle call, dmerp_progress_callback callback, IntPtr userData, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_call_set_waiting(
        CallHandle call, dmerp_waiting_callback callback, IntPtr userData, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_call_cancel(CallHandle call, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_call_is_cancelled(CallHandle call);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_call_free(IntPtr call);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_pushed_packet_id(PushedHandle pushed);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr dmerp_pushed_sync_log_id(PushedHandle pushed);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_pushed_free(IntPtr pushed);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate UIntPtr dmerp_packets_len(PacketsHandle packets);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_packets_get(
        PacketsHandle packets, UIntPtr index, out dmerp_packet packet, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_packets_other_field(
        PacketsHandle packets, UIntPtr index, byte[] name, out IntPtr value, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_packets_free(IntPtr packets);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_new(ConfigHandle config, out ClientHandle client, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_push(
        IntPtr client, IntPtr mobileUser, int format, IntPtr content, UIntPtr len, IntPtr packetId, IntPtr call,
        out PushedHandle pushed, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_push_file(
        IntPtr client, IntPtr mobileUser, int format, IntPtr path, IntPtr packetId, IntPtr call,
        out PushedHandle pushed, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_push_stream(
        IntPtr client, IntPtr mobileUser, int format, dmerp_read_callback read, IntPtr userData, IntPtr packetId,
        IntPtr call, out PushedHandle pushed, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_pull(
        IntPtr client, int kind, int format, IntPtr call, out PacketsHandle packets, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_link(
        IntPtr client, IntPtr path, IntPtr call, out dmerp_buffer link, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_download(
        IntPtr client, IntPtr path, IntPtr call, out dmerp_buffer content, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_download_file(
        IntPtr client, IntPtr path, IntPtr to, IntPtr call, out ulong size, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_download_stream(
        IntPtr client, IntPtr path, dmerp_write_callback write, IntPtr userData, IntPtr call, out ulong size,
        out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_done(
        IntPtr client, IntPtr receipts, UIntPtr count, int kind, int format, IntPtr call, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_client_check(IntPtr client, IntPtr call, out ErrorHandle error);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_client_free(IntPtr client);
}
