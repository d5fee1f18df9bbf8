using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dmerp.Native
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void dmerp_log_callback(IntPtr userData, int level, IntPtr message);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_progress_callback(IntPtr userData, ref dmerp_progress progress);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_read_callback(IntPtr userData, IntPtr data, UIntPtr capacity, IntPtr len);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_write_callback(IntPtr userData, IntPtr data, UIntPtr len, IntPtr taken);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int dmerp_waiting_callback(IntPtr userData);

    /// <summary>
    /// The functions of the native library that was loaded, under their names in dmerp.h, which explains each. They are delegates
    /// and no DllImport, because the library's path is known at run time alone. A byte[] is a text with its NUL: see Utf8.
    /// </summary>
    internal sealed class NativeMethods
    {
        /// <summary>The DMERP_ABI_VERSION of the header that the declarations follow.</summary>
        internal const int AbiVersion = 1;

        internal readonly Text dmerp_version;
        internal readonly Number dmerp_abi_version;
        internal readonly Count dmerp_live_handles;
        internal readonly TextOfStatus dmerp_status_name;
        internal readonly TextOfStatus dmerp_status_meaning;
        internal readonly TextOfStatus dmerp_status_action;
        internal readonly FlagOfStatus dmerp_status_is_retryable;
        internal readonly IntOf dmerp_error_status;
        internal readonly TextOf dmerp_error_message;
        internal readonly IntOf dmerp_error_http_status;
        internal readonly TextOf dmerp_error_server_message;
        internal readonly TextOf dmerp_error_packet_id;
        internal readonly NumberOf dmerp_error_attempts;
        internal readonly LongOf dmerp_error_retry_after_ms;
        internal readonly IntOf dmerp_error_is_retryable;
        internal readonly IntOf dmerp_error_is_outcome_unknown;
        internal readonly Free dmerp_error_free;
        internal readonly FreeBuffer dmerp_buffer_free;
        internal readonly New dmerp_config_new;
        internal readonly Set dmerp_config_set;
        internal readonly ConfigGet dmerp_config_get;
        internal readonly ConfigSetLog dmerp_config_set_log;
        internal readonly Free dmerp_config_free;
        internal readonly New dmerp_call_new;
        internal readonly CallSetTimeout dmerp_call_set_timeout_ms;
        internal readonly CallSetProgress dmerp_call_set_progress;
        internal readonly CallSetWaiting dmerp_call_set_waiting;
        internal readonly CallCancel dmerp_call_cancel;
        internal readonly IntOf dmerp_call_is_cancelled;
        internal readonly Free dmerp_call_free;
        internal readonly TextOf dmerp_pushed_packet_id;
        internal readonly TextOf dmerp_pushed_sync_log_id;
        internal readonly LongOf dmerp_pushed_size;
        internal readonly Free dmerp_pushed_free;
        internal readonly CountOf dmerp_packets_len;
        internal readonly PacketsGet dmerp_packets_get;
        internal readonly CountOf dmerp_packets_unreadable_len;
        internal readonly PacketsUnreadableGet dmerp_packets_unreadable_get;
        internal readonly Free dmerp_packets_free;
        internal readonly CountOf dmerp_results_len;
        internal readonly ResultsStatus dmerp_results_status;
        internal readonly ResultsError dmerp_results_error;
        internal readonly ResultsPushed dmerp_results_pushed;
        internal readonly Free dmerp_results_free;
        internal readonly ClientNew dmerp_client_new;
        internal readonly ClientPush dmerp_client_push;
        internal readonly ClientPushFile dmerp_client_push_file;
        internal readonly ClientPushStream dmerp_client_push_stream;
        internal readonly ClientPull dmerp_client_pull;
        internal readonly ClientGet dmerp_client_link;
        internal readonly ClientGet dmerp_client_download;
        internal readonly ClientDownloadFile dmerp_client_download_file;
        internal readonly ClientDownloadStream dmerp_client_download_stream;
        internal readonly ClientDone dmerp_client_done;
        internal readonly ClientCheck dmerp_client_check;
        internal readonly ClientReceive dmerp_client_receive;
        internal readonly ClientStats dmerp_client_stats;
        internal readonly Free dmerp_client_free;
        internal readonly ReceiverNext dmerp_receiver_next;
        internal readonly IntOf dmerp_receiver_is_ready;
        internal readonly Settle dmerp_receiver_stop;
        internal readonly ReceiverClose dmerp_receiver_close;
        internal readonly Free dmerp_receiver_free;
        internal readonly ReceivedPacket dmerp_received_packet;
        internal readonly LongOf dmerp_received_size;
        internal readonly Borrowed dmerp_received_content;
        internal readonly TextOf dmerp_received_path;
        internal readonly SettleWith dmerp_received_save_as;
        internal readonly Settle dmerp_received_done;
        internal readonly SettleWith dmerp_received_keep;
        internal readonly Free dmerp_received_free;
        internal readonly SummaryTotals dmerp_summary_totals;
        internal readonly CountOf dmerp_summary_left_len;
        internal readonly SummaryLeftGet dmerp_summary_left_get;
        internal readonly Free dmerp_summary_free;
        internal readonly BatchNew dmerp_batch_new;
        internal readonly BatchContent dmerp_batch_content;
        internal readonly BatchContentFile dmerp_batch_content_file;
        internal readonly BatchAdd dmerp_batch_add;
        internal readonly BatchRun dmerp_batch_run;
        internal readonly Free dmerp_batch_free;
        internal readonly ValueRead dmerp_value_read;
        internal readonly ValueBytes dmerp_value_bytes;
        internal readonly PacketWriterNew dmerp_packet_writer_new;
        internal readonly PacketWriterNewFile dmerp_packet_writer_new_file;
        internal readonly Set dmerp_packet_writer_set;
        internal readonly Set dmerp_packet_writer_attribute;
        internal readonly Set dmerp_packet_writer_table;
        internal readonly PacketWriterRecord dmerp_packet_writer_record;
        internal readonly PacketWriterRows dmerp_packet_writer_rows;
        internal readonly PacketWriterCsv dmerp_packet_writer_csv;
        internal readonly LongOf dmerp_packet_writer_count;
        internal readonly Settle dmerp_packet_writer_finish;
        internal readonly PacketWriterContent dmerp_packet_writer_content;
        internal readonly Free dmerp_packet_writer_free;
        internal readonly ClientPushPacket dmerp_client_push_packet;
        internal readonly OfContent dmerp_packet_reader_new;
        internal readonly OfFile dmerp_packet_reader_new_file;
        internal readonly PacketReaderNewReceived dmerp_packet_reader_new_received;
        internal readonly Set dmerp_packet_reader_set;
        internal readonly Borrowed dmerp_packet_reader_root;
        internal readonly PacketReaderMobileUser dmerp_packet_reader_mobile_user;
        internal readonly PacketReaderNext dmerp_packet_reader_next;
        internal readonly RecordField dmerp_record_field;
        internal readonly PacketReaderRows dmerp_packet_reader_rows;
        internal readonly LongOf dmerp_packet_reader_skipped;
        internal readonly Free dmerp_packet_reader_free;
        internal readonly OfContent dmerp_packet_check;
        internal readonly OfFile dmerp_packet_check_file;
        internal readonly CountOf dmerp_mistakes_len;
        internal readonly MistakesGet dmerp_mistakes_get;
        internal readonly Free dmerp_mistakes_free;

        private const CallingConvention Cdecl = CallingConvention.Cdecl;

        // A failure is not kept: once the library is where it belongs, the next use finds it.
        private static readonly Lazy<NativeMethods> Once =
            new Lazy<NativeMethods>(LibraryFinder.Find, LazyThreadSafetyMode.PublicationOnly);

        /// <exception cref="EntryPointNotFoundException">The library lacks a function.</exception>
        internal NativeMethods(NativeLibrary library)
        {
            Path = library.Path;
            library.Function(nameof(dmerp_version), out dmerp_version);
            library.Function(nameof(dmerp_abi_version), out dmerp_abi_version);
            library.Function(nameof(dmerp_live_handles), out dmerp_live_handles);
            library.Function(nameof(dmerp_status_name), out dmerp_status_name);
            library.Function(nameof(dmerp_status_meaning), out dmerp_status_meaning);
            library.Function(nameof(dmerp_status_action), out dmerp_status_action);
            library.Function(nameof(dmerp_status_is_retryable), out dmerp_status_is_retryable);
            library.Function(nameof(dmerp_error_status), out dmerp_error_status);
            library.Function(nameof(dmerp_error_message), out dmerp_error_message);
            library.Function(nameof(dmerp_error_http_status), out dmerp_error_http_status);
            library.Function(nameof(dmerp_error_server_message), out dmerp_error_server_message);
            library.Function(nameof(dmerp_error_packet_id), out dmerp_error_packet_id);
            library.Function(nameof(dmerp_error_attempts), out dmerp_error_attempts);
            library.Function(nameof(dmerp_error_retry_after_ms), out dmerp_error_retry_after_ms);
            library.Function(nameof(dmerp_error_is_retryable), out dmerp_error_is_retryable);
            library.Function(nameof(dmerp_error_is_outcome_unknown), out dmerp_error_is_outcome_unknown);
            library.Function(nameof(dmerp_error_free), out dmerp_error_free);
            library.Function(nameof(dmerp_buffer_free), out dmerp_buffer_free);
            library.Function(nameof(dmerp_config_new), out dmerp_config_new);
            library.Function(nameof(dmerp_config_set), out dmerp_config_set);
            library.Function(nameof(dmerp_config_get), out dmerp_config_get);
            library.Function(nameof(dmerp_config_set_log), out dmerp_config_set_log);
            library.Function(nameof(dmerp_config_free), out dmerp_config_free);
            library.Function(nameof(dmerp_call_new), out dmerp_call_new);
            library.Function(nameof(dmerp_call_set_timeout_ms), out dmerp_call_set_timeout_ms);
            library.Function(nameof(dmerp_call_set_progress), out dmerp_call_set_progress);
            library.Function(nameof(dmerp_call_set_waiting), out dmerp_call_set_waiting);
            library.Function(nameof(dmerp_call_cancel), out dmerp_call_cancel);
            library.Function(nameof(dmerp_call_is_cancelled), out dmerp_call_is_cancelled);
            library.Function(nameof(dmerp_call_free), out dmerp_call_free);
            library.Function(nameof(dmerp_pushed_packet_id), out dmerp_pushed_packet_id);
            library.Function(nameof(dmerp_pushed_sync_log_id), out dmerp_pushed_sync_log_id);
            library.Function(nameof(dmerp_pushed_size), out dmerp_pushed_size);
            library.Function(nameof(dmerp_pushed_free), out dmerp_pushed_free);
            library.Function(nameof(dmerp_packets_len), out dmerp_packets_len);
            library.Function(nameof(dmerp_packets_get), out dmerp_packets_get);
            library.Function(nameof(dmerp_packets_unreadable_len), out dmerp_packets_unreadable_len);
            library.Function(nameof(dmerp_packets_unreadable_get), out dmerp_packets_unreadable_get);
            library.Function(nameof(dmerp_packets_free), out dmerp_packets_free);
            library.Function(nameof(dmerp_results_len), out dmerp_results_len);
            library.Function(nameof(dmerp_results_status), out dmerp_results_status);
            library.Function(nameof(dmerp_results_error), out dmerp_results_error);
            library.Function(nameof(dmerp_results_pushed), out dmerp_results_pushed);
            library.Function(nameof(dmerp_results_free), out dmerp_results_free);
            library.Function(nameof(dmerp_client_new), out dmerp_client_new);
            library.Function(nameof(dmerp_client_push), out dmerp_client_push);
            library.Function(nameof(dmerp_client_push_file), out dmerp_client_push_file);
            library.Function(nameof(dmerp_client_push_stream), out dmerp_client_push_stream);
            library.Function(nameof(dmerp_client_pull), out dmerp_client_pull);
            library.Function(nameof(dmerp_client_link), out dmerp_client_link);
            library.Function(nameof(dmerp_client_download), out dmerp_client_download);
            library.Function(nameof(dmerp_client_download_file), out dmerp_client_download_file);
            library.Function(nameof(dmerp_client_download_stream), out dmerp_client_download_stream);
            library.Function(nameof(dmerp_client_done), out dmerp_client_done);
            library.Function(nameof(dmerp_client_check), out dmerp_client_check);
            library.Function(nameof(dmerp_client_receive), out dmerp_client_receive);
            library.Function(nameof(dmerp_client_stats), out dmerp_client_stats);
            library.Function(nameof(dmerp_client_free), out dmerp_client_free);
            library.Function(nameof(dmerp_receiver_next), out dmerp_receiver_next);
            library.Function(nameof(dmerp_receiver_is_ready), out dmerp_receiver_is_ready);
            library.Function(nameof(dmerp_receiver_stop), out dmerp_receiver_stop);
            library.Function(nameof(dmerp_receiver_close), out dmerp_receiver_close);
            library.Function(nameof(dmerp_receiver_free), out dmerp_receiver_free);
            library.Function(nameof(dmerp_received_packet), out dmerp_received_packet);
            library.Function(nameof(dmerp_received_size), out dmerp_received_size);
            library.Function(nameof(dmerp_received_content), out dmerp_received_content);
            library.Function(nameof(dmerp_received_path), out dmerp_received_path);
            library.Function(nameof(dmerp_received_save_as), out dmerp_received_save_as);
            library.Function(nameof(dmerp_received_done), out dmerp_received_done);
            library.Function(nameof(dmerp_received_keep), out dmerp_received_keep);
            library.Function(nameof(dmerp_received_free), out dmerp_received_free);
            library.Function(nameof(dmerp_summary_totals), out dmerp_summary_totals);
            library.Function(nameof(dmerp_summary_left_len), out dmerp_summary_left_len);
            library.Function(nameof(dmerp_summary_left_get), out dmerp_summary_left_get);
            library.Function(nameof(dmerp_summary_free), out dmerp_summary_free);
            library.Function(nameof(dmerp_batch_new), out dmerp_batch_new);
            library.Function(nameof(dmerp_batch_content), out dmerp_batch_content);
            library.Function(nameof(dmerp_batch_content_file), out dmerp_batch_content_file);
            library.Function(nameof(dmerp_batch_add), out dmerp_batch_add);
            library.Function(nameof(dmerp_batch_run), out dmerp_batch_run);
            library.Function(nameof(dmerp_batch_free), out dmerp_batch_free);
            library.Function(nameof(dmerp_value_read), out dmerp_value_read);
            library.Function(nameof(dmerp_value_bytes), out dmerp_value_bytes);
            library.Function(nameof(dmerp_packet_writer_new), out dmerp_packet_writer_new);
            library.Function(nameof(dmerp_packet_writer_new_file), out dmerp_packet_writer_new_file);
            library.Function(nameof(dmerp_packet_writer_set), out dmerp_packet_writer_set);
            library.Function(nameof(dmerp_packet_writer_attribute), out dmerp_packet_writer_attribute);
            library.Function(nameof(dmerp_packet_writer_table), out dmerp_packet_writer_table);
            library.Function(nameof(dmerp_packet_writer_record), out dmerp_packet_writer_record);
            library.Function(nameof(dmerp_packet_writer_rows), out dmerp_packet_writer_rows);
            library.Function(nameof(dmerp_packet_writer_csv), out dmerp_packet_writer_csv);
            library.Function(nameof(dmerp_packet_writer_count), out dmerp_packet_writer_count);
            library.Function(nameof(dmerp_packet_writer_finish), out dmerp_packet_writer_finish);
            library.Function(nameof(dmerp_packet_writer_content), out dmerp_packet_writer_content);
            library.Function(nameof(dmerp_packet_writer_free), out dmerp_packet_writer_free);
            library.Function(nameof(dmerp_client_push_packet), out dmerp_client_push_packet);
            library.Function(nameof(dmerp_packet_reader_new), out dmerp_packet_reader_new);
            library.Function(nameof(dmerp_packet_reader_new_file), out dmerp_packet_reader_new_file);
            library.Function(nameof(dmerp_packet_reader_new_received), out dmerp_packet_reader_new_received);
            library.Function(nameof(dmerp_packet_reader_set), out dmerp_packet_reader_set);
            library.Function(nameof(dmerp_packet_reader_root), out dmerp_packet_reader_root);
            library.Function(nameof(dmerp_packet_reader_mobile_user), out dmerp_packet_reader_mobile_user);
            library.Function(nameof(dmerp_packet_reader_next), out dmerp_packet_reader_next);
            library.Function(nameof(dmerp_record_field), out dmerp_record_field);
            library.Function(nameof(dmerp_packet_reader_rows), out dmerp_packet_reader_rows);
            library.Function(nameof(dmerp_packet_reader_skipped), out dmerp_packet_reader_skipped);
            library.Function(nameof(dmerp_packet_reader_free), out dmerp_packet_reader_free);
            library.Function(nameof(dmerp_packet_check), out dmerp_packet_check);
            library.Function(nameof(dmerp_packet_check_file), out dmerp_packet_check_file);
            library.Function(nameof(dmerp_mistakes_len), out dmerp_mistakes_len);
            library.Function(nameof(dmerp_mistakes_get), out dmerp_mistakes_get);
            library.Function(nameof(dmerp_mistakes_free), out dmerp_mistakes_free);
        }

        // The shapes of the functions. They take plain pointers, and no Handle: Mono's marshalling was seen to lose count of one.
        // See Call and Handle.Borrow.
        [UnmanagedFunctionPointer(Cdecl)] internal delegate IntPtr Text();
        [UnmanagedFunctionPointer(Cdecl)] internal delegate uint Number();
        [UnmanagedFunctionPointer(Cdecl)] internal delegate UIntPtr Count();
        [UnmanagedFunctionPointer(Cdecl)] internal delegate IntPtr TextOfStatus(int status);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int FlagOfStatus(int status);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int IntOf(IntPtr handle);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate uint NumberOf(IntPtr handle);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate ulong LongOf(IntPtr handle);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate UIntPtr CountOf(IntPtr handle);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate IntPtr TextOf(IntPtr handle);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int New(out IntPtr handle, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate void Free(IntPtr handle);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate void FreeBuffer(ref dmerp_buffer buffer);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int Set(
            IntPtr handle, byte[] key, byte[]? value, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ConfigGet(
            IntPtr config, byte[] key, out dmerp_buffer value, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ConfigSetLog(
            IntPtr config, int level, dmerp_log_callback? callback, IntPtr userData, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int CallSetTimeout(IntPtr call, ulong timeoutMs, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int CallSetProgress(
            IntPtr call, dmerp_progress_callback callback, IntPtr userData, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int CallSetWaiting(
            IntPtr call, dmerp_waiting_callback callback, IntPtr userData, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int CallCancel(IntPtr call, IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketsGet(
            IntPtr packets, UIntPtr index, out dmerp_packet packet, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketsUnreadableGet(
            IntPtr packets, UIntPtr index, out dmerp_unreadable entry, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ResultsStatus(IntPtr results, UIntPtr index);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate IntPtr ResultsError(IntPtr results, UIntPtr index);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate IntPtr ResultsPushed(IntPtr results, UIntPtr index);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientNew(IntPtr config, out IntPtr client, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientPush(
            IntPtr client, byte[] mobileUser, int format, IntPtr content, UIntPtr len, byte[]? packetId, IntPtr call,
            out IntPtr pushed, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientPushFile(
            IntPtr client, byte[] mobileUser, int format, byte[] path, byte[]? packetId, IntPtr call, out IntPtr pushed,
            out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientPushStream(
            IntPtr client, byte[] mobileUser, int format, dmerp_read_callback read, IntPtr userData, byte[]? packetId,
            IntPtr call, out IntPtr pushed, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientPull(
            IntPtr client, int kind, int format, IntPtr call, out IntPtr packets, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientGet(
            IntPtr client, byte[] path, IntPtr call, out dmerp_buffer buffer, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientDownloadFile(
            IntPtr client, byte[] path, byte[] to, IntPtr call, out ulong size, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientDownloadStream(
            IntPtr client, byte[] path, dmerp_write_callback write, IntPtr userData, IntPtr call, out ulong size,
            out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientDone(
            IntPtr client, dmerp_receipt[] receipts, UIntPtr count, int kind, int format, IntPtr call, out IntPtr results,
            out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientCheck(IntPtr client, IntPtr call, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientReceive(
            IntPtr client, int kind, int format, out IntPtr receiver, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientStats(
            IntPtr client, out dmerp_stats stats, UIntPtr size, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ReceiverNext(
            IntPtr receiver, IntPtr call, out IntPtr received, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ReceiverClose(
            IntPtr receiver, out IntPtr summary, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int Settle(IntPtr handle, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int SettleWith(
            IntPtr received, byte[]? text, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ReceivedPacket(
            IntPtr received, out dmerp_packet packet, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int Borrowed(
            IntPtr handle, out IntPtr data, out UIntPtr len, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int SummaryTotals(
            IntPtr summary, out dmerp_totals totals, UIntPtr size, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int SummaryLeftGet(
            IntPtr summary, UIntPtr index, out dmerp_left left, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int BatchNew(IntPtr client, out IntPtr batch, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int BatchContent(
            IntPtr batch, byte[] data, UIntPtr len, out UIntPtr content, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int BatchContentFile(
            IntPtr batch, byte[] path, out UIntPtr content, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int BatchAdd(
            IntPtr batch, byte[] mobileUser, int format, UIntPtr content, byte[]? packetId, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int BatchRun(
            IntPtr batch, IntPtr call, out IntPtr results, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ValueRead(
            ref dmerp_value text, int kind, out dmerp_value value, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ValueBytes(
            ref dmerp_value text, out dmerp_buffer bytes, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketWriterNew(
            byte[]? mobileUser, out IntPtr writer, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketWriterNewFile(
            byte[]? mobileUser, byte[] path, out IntPtr writer, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketWriterRecord(
            IntPtr writer, int status, dmerp_field[] fields, UIntPtr fieldsLen, dmerp_attribute[] attributes,
            UIntPtr attributesLen, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketWriterRows(
            IntPtr writer, int status, byte[] names, UIntPtr namesLen, byte[] values, UIntPtr valuesLen, UIntPtr count,
            out UIntPtr written, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketWriterCsv(
            IntPtr writer, int status, byte[] path, byte delimiter, out ulong written, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketWriterContent(
            IntPtr writer, out dmerp_buffer content, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int ClientPushPacket(
            IntPtr client, byte[]? mobileUser, IntPtr writer, byte[]? packetId, IntPtr call, out IntPtr pushed,
            out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int OfContent(
            IntPtr data, UIntPtr len, out IntPtr handle, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int OfFile(byte[] path, out IntPtr handle, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketReaderNewReceived(
            IntPtr received, out IntPtr reader, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketReaderMobileUser(
            IntPtr reader, out IntPtr mobileUser, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketReaderNext(
            IntPtr reader, out dmerp_record record, UIntPtr size, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate IntPtr RecordField(ref dmerp_record record, byte[] name);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int PacketReaderRows(
            IntPtr reader, out dmerp_rows rows, UIntPtr size, out IntPtr error);
        [UnmanagedFunctionPointer(Cdecl)] internal delegate int MistakesGet(
            IntPtr mistakes, UIntPtr index, out dmerp_mistake mistake, out IntPtr error);

        /// <summary>Those of this process's library, which is loaded first where it was not yet.</summary>
        /// <exception cref="DllNotFoundException">It is not there or cannot be used; the message tells why.</exception>
        internal static NativeMethods Loaded => Once.Value;

        /// <summary>What was loaded: a file's path, or a name that the system's search found.</summary>
        internal string Path { get; }
    }
}
