"""The declarations of dmerp.h, under its own names, and the library they are for."""

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    c_char,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

from . import _library


class size_t(ctypes.c_size_t):
    """A type of its own: ctypes.c_size_t is another name for a fixed-width type. Its values come as `.value`."""


class dmerp_buffer(ctypes.Structure):
    _fields_ = (("data", c_void_p), ("len", size_t), ("owner", c_void_p))


class dmerp_attribute(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("value", c_char_p))


class dmerp_packet(ctypes.Structure):
    _texts = ("id", "receipt_handle", "url", "mobile_user", "company_id", "app_code", "packet_type", "on_date")
    _rest = (("size", c_int64), ("other", POINTER(dmerp_attribute)), ("other_len", size_t))
    _fields_ = (*zip(_texts, [c_char_p] * len(_texts), strict=True), *_rest)


class dmerp_unreadable(ctypes.Structure):
    _fields_ = (("place", size_t), ("reason", c_char_p), ("id", c_char_p), ("receipt_handle", c_char_p), ("url", c_char_p))


class dmerp_progress(ctypes.Structure):
    _fields_ = tuple((name, c_uint64) for name in ("done", "total", "packets", "packets_total"))


class dmerp_totals(ctypes.Structure):
    _names = ("lists", "listed", "handed_over", "bytes", "done", "marked", "repeated", "dead_lettered", "left", "hidden_ms")
    _fields_ = tuple((name, c_uint64) for name in _names)


class dmerp_left(ctypes.Structure):
    _fields_ = (("id", c_char_p), ("mobile_user", c_char_p), ("why", c_int32), ("status", c_int32), ("reason", c_char_p))


class dmerp_stats(ctypes.Structure):
    _counts = ("requests", "retries", "bytes_sent", "bytes_received", "connections_opened")
    _packets = ("packets_pushed", "packets_received", "packets_done", "unmarked", "oldest_unmarked_at")
    _lasts = tuple(f"last_{verb}_at" for verb in ("check", "push", "pull", "link", "download", "done"))
    _fields_ = tuple((name, c_uint64) for name in (*_counts, *_packets, *_lasts))


class dmerp_receipt(ctypes.Structure):
    _fields_ = (("id", c_char_p), ("receipt_handle", c_char_p))


_attributes = (("attributes", POINTER(dmerp_attribute)), ("attributes_len", size_t))


class dmerp_value(ctypes.Structure):
    _numbers = (("kind", c_int32), ("scale", c_int32), ("integer", c_int64), ("real", c_double))
    _fields_ = (*_numbers, ("text", c_char_p), ("len", size_t))


class dmerp_field(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("value", dmerp_value), *_attributes)


class dmerp_record(ctypes.Structure):
    _place = (("table", c_char_p), ("element", c_char_p), ("status", c_int32), ("number", c_uint64), ("line", c_uint64))
    _fields_ = (*_place, ("fields", POINTER(dmerp_field)), ("fields_len", size_t), *_attributes)


class dmerp_rows(ctypes.Structure):
    _names = (("columns", size_t), ("names", c_void_p), ("names_len", size_t))
    _values = (("values", c_void_p), ("values_len", size_t), ("statuses", c_void_p), ("lines", c_void_p))
    _fields_ = (("table", c_char_p), ("first", c_uint64), ("count", size_t), *_names, *_values)


class dmerp_mistake(ctypes.Structure):
    _fields_ = (("line", c_uint64), ("table", c_char_p), ("record", c_uint64), ("field", c_char_p), ("what", c_char_p))


dmerp_log_callback = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)
dmerp_progress_callback = CFUNCTYPE(c_int32, c_void_p, POINTER(dmerp_progress))
dmerp_waiting_callback = CFUNCTYPE(c_int32, c_void_p)
# Another kind of pointer than the write callback's: of two equal signatures, ctypes makes one type.
dmerp_read_callback = CFUNCTYPE(c_int32, c_void_p, POINTER(c_uint8), size_t, POINTER(size_t))
dmerp_write_callback = CFUNCTYPE(c_int32, c_void_p, c_void_p, size_t, POINTER(size_t))

_status, _handle, _out_handle, _error, _buffer = c_int32, c_void_p, POINTER(c_void_p), POINTER(c_void_p), POINTER(dmerp_buffer)
_verb = (_status, _handle)
_push = (*_verb, c_char_p, c_int32)  # the mobile user and the form
_pushed = (c_char_p, _handle, _out_handle, _error)  # the packet's id, the control, and what comes back

# What each function returns, then what it takes.
FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "dmerp_version": (c_char_p,),
    "dmerp_abi_version": (c_uint32,),
    "dmerp_live_handles": (size_t,),
    **{f"dmerp_status_{what}": (c_char_p, _status) for what in ("name", "meaning", "action")},
    "dmerp_status_is_retryable": (c_int32, _status),
    "dmerp_error_status": (_status, _handle),
    **{f"dmerp_error_{what}": (c_char_p, _handle) for what in ("message", "server_message", "packet_id")},
    **{f"dmerp_error_{what}": (c_int32, _handle) for what in ("http_status", "is_retryable", "is_outcome_unknown")},
    "dmerp_error_attempts": (c_uint32, _handle),
    "dmerp_error_retry_after_ms": (c_uint64, _handle),
    "dmerp_buffer_free": (None, _buffer),
    **{f"dmerp_{what}_free": (None, _handle) for what in ("error", "config", "call", "client", "receiver", "received")},
    **{f"dmerp_{what}_free": (None, _handle) for what in ("pushed", "packets", "results", "summary", "batch")},
    **{f"dmerp_{what}_free": (None, _handle) for what in ("packet_writer", "packet_reader", "mistakes")},
    **{f"dmerp_{what}_new": (_status, _out_handle, _error) for what in ("config", "call")},
    "dmerp_config_set": (_status, _handle, c_char_p, c_char_p, _error),
    "dmerp_config_get": (_status, _handle, c_char_p, _buffer, _error),
    "dmerp_config_set_log": (_status, _handle, c_int32, dmerp_log_callback, c_void_p, _error),
    "dmerp_call_set_timeout_ms": (_status, _handle, c_uint64, _error),
    "dmerp_call_set_progress": (_status, _handle, dmerp_progress_callback, c_void_p, _error),
    "dmerp_call_set_waiting": (_status, _handle, dmerp_waiting_callback, c_void_p, _error),
    "dmerp_call_cancel": (_status, _handle, _error),
    "dmerp_call_is_cancelled": (c_int32, _handle),
    **{f"dmerp_pushed_{what}": (c_char_p, _handle) for what in ("packet_id", "sync_log_id")},
    "dmerp_pushed_size": (c_uint64, _handle),
    **{f"dmerp_{what}_len": (size_t, _handle) for what in ("packets", "packets_unreadable", "results", "summary_left")},
    "dmerp_packets_get": (_status, _handle, size_t, POINTER(dmerp_packet), _error),
    "dmerp_packets_unreadable_get": (_status, _handle, size_t, POINTER(dmerp_unreadable), _error),
    "dmerp_results_status": (_status, _handle, size_t),
    **{f"dmerp_results_{what}": (_handle, _handle, size_t) for what in ("error", "pushed")},
    "dmerp_client_new": (_status, _handle, _out_handle, _error),
    "dmerp_client_push": (*_push, c_void_p, size_t, *_pushed),
    "dmerp_client_push_file": (*_push, c_char_p, *_pushed),
    "dmerp_client_push_stream": (*_push, dmerp_read_callback, c_void_p, *_pushed),
    "dmerp_client_pull": (*_verb, c_int32, c_int32, _handle, _out_handle, _error),
    "dmerp_client_link": (*_verb, c_char_p, _handle, _buffer, _error),
    "dmerp_client_download": (*_verb, c_char_p, _handle, _buffer, _error),
    "dmerp_client_download_file": (*_verb, c_char_p, c_char_p, _handle, POINTER(c_uint64), _error),
    "dmerp_client_download_stream": (*_verb, c_char_p, dmerp_write_callback, c_void_p, _handle, POINTER(c_uint64), _error),
    "dmerp_client_done": (*_verb, POINTER(dmerp_receipt), size_t, c_int32, c_int32, _handle, _out_handle, _error),
    "dmerp_client_check": (*_verb, _handle, _error),
    "dmerp_client_stats": (_status, _handle, POINTER(dmerp_stats), size_t, _error),
    "dmerp_client_receive": (_status, _handle, c_int32, c_int32, _out_handle, _error),
    "dmerp_receiver_next": (*_verb, _handle, _out_handle, _error),
    "dmerp_receiver_is_ready": (c_int32, _handle),
    "dmerp_receiver_stop": (_status, _handle, _error),
    "dmerp_receiver_close": (_status, _handle, _out_handle, _error),
    "dmerp_received_packet": (_status, _handle, POINTER(dmerp_packet), _error),
    "dmerp_received_size": (c_uint64, _handle),
    "dmerp_received_content": (_status, _handle, _out_handle, POINTER(size_t), _error),
    "dmerp_received_path": (c_char_p, _handle),
    "dmerp_received_save_as": (_status, _handle, c_char_p, _error),
    "dmerp_received_done": (_status, _handle, _error),
    "dmerp_received_keep": (_status, _handle, c_char_p, _error),
    "dmerp_summary_totals": (_status, _handle, POINTER(dmerp_totals), size_t, _error),
    "dmerp_summary_left_get": (_status, _handle, size_t, POINTER(dmerp_left), _error),
    "dmerp_batch_new": (_status, _handle, _out_handle, _error),
    "dmerp_batch_content": (_status, _handle, c_void_p, size_t, POINTER(size_t), _error),
    "dmerp_batch_content_file": (_status, _handle, c_char_p, POINTER(size_t), _error),
    "dmerp_batch_add": (*_push, size_t, c_char_p, _error),
    "dmerp_batch_run": (*_verb, _handle, _out_handle, _error),
    "dmerp_value_read": (_status, POINTER(dmerp_value), c_int32, POINTER(dmerp_value), _error),
    "dmerp_value_bytes": (_status, POINTER(dmerp_value), _buffer, _error),
    "dmerp_packet_writer_new": (_status, c_char_p, _out_handle, _error),
    "dmerp_packet_writer_new_file": (_status, c_char_p, c_char_p, _out_handle, _error),
    **{f"dmerp_packet_writer_{what}": (*_verb, c_char_p, c_char_p, _error) for what in ("set", "attribute", "table")},
    "dmerp_packet_writer_record": (
        *_verb,
        c_int32,
        POINTER(dmerp_field),
        size_t,
        POINTER(dmerp_attribute),
        size_t,
        _error,
    ),
    "dmerp_packet_writer_rows": (*_verb, c_int32, c_char_p, size_t, c_char_p, size_t, size_t, POINTER(size_t), _error),
    "dmerp_packet_writer_csv": (*_verb, c_int32, c_char_p, c_char, POINTER(c_uint64), _error),
    "dmerp_packet_writer_count": (c_uint64, _handle),
    "dmerp_packet_writer_finish": (*_verb, _error),
    "dmerp_packet_writer_content": (*_verb, _buffer, _error),
    "dmerp_client_push_packet": (*_verb, c_char_p, _handle, *_pushed),
    "dmerp_packet_reader_new": (_status, c_void_p, size_t, _out_handle, _error),
    "dmerp_packet_reader_new_file": (_status, c_char_p, _out_handle, _error),
    "dmerp_packet_reader_new_received": (_status, _handle, _out_handle, _error),
    "dmerp_packet_reader_set": (*_verb, c_char_p, c_char_p, _error),
    "dmerp_packet_reader_root": (*_verb, POINTER(POINTER(dmerp_attribute)), POINTER(size_t), _error),
    "dmerp_packet_reader_mobile_user": (*_verb, POINTER(c_char_p), _error),
    "dmerp_packet_reader_next": (*_verb, POINTER(dmerp_record), size_t, _error),
    "dmerp_record_field": (POINTER(dmerp_field), POINTER(dmerp_record), c_char_p),
    "dmerp_packet_reader_rows": (*_verb, POINTER(dmerp_rows), size_t, _error),
    "dmerp_packet_reader_skipped": (c_uint64, _handle),
    "dmerp_packet_check": (_status, c_void_p, size_t, _out_handle, _error),
    "dmerp_packet_check_file": (_status, c_char_p, _out_handle, _error),
    "dmerp_mistakes_len": (size_t, _handle),
    "dmerp_mistakes_get": (*_verb, size_t, POINTER(dmerp_mistake), _error),
}

lib = _library.load(FUNCTIONS)  # calls through it let other Python threads run


def text(value: bytes | None) -> str | None:
    """Decode what the library lent, if it is there."""
    return None if value is None else value.decode("utf-8")


def content(buffer: dmerp_buffer) -> bytes:
    """Copy what the library gave."""
    return ctypes.string_at(buffer.data, buffer.len.value) if buffer.data else b""
