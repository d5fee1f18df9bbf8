"""The declarations of dmerp.h, under its own names, and the library they are for."""

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int32, c_int64, c_uint8, c_uint32, c_uint64, c_void_p
from typing import Any

from . import _library


class size_t(ctypes.c_size_t):
    """A type of its own: ctypes.c_size_t is another name for a fixed-width type. Its values come as `.value`."""


class dmerp_buffer(ctypes.Structure):
    _fields_ = (("data", c_void_p), ("len", size_t), ("owner", c_void_p))


class dmerp_field(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("value", c_char_p))


class dmerp_packet(ctypes.Structure):
    _texts = ("id", "receipt_handle", "url", "mobile_user", "company_id", "app_code", "packet_type", "on_date")
    _rest = (("size", c_int64), ("other", POINTER(dmerp_field)), ("other_len", size_t))
    _fields_ = (*zip(_texts, [c_char_p] * len(_texts), strict=True), *_rest)


class dmerp_unreadable(ctypes.Structure):
    _fields_ = (("place", size_t), ("reason", c_char_p), ("id", c_char_p), ("receipt_handle", c_char_p), ("url", c_char_p))


class dmerp_receipt(ctypes.Structure):
    _fields_ = (("id", c_char_p), ("receipt_handle", c_char_p))


dmerp_log_callback = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)
dmerp_progress_callback = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64)
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
    **{f"dmerp_{what}_free": (None, _handle) for what in ("error", "config", "call", "client")},
    **{f"dmerp_{what}_free": (None, _handle) for what in ("pushed", "packets", "results")},
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
    **{f"dmerp_{what}_len": (size_t, _handle) for what in ("packets", "packets_unreadable", "results")},
    "dmerp_packets_get": (_status, _handle, size_t, POINTER(dmerp_packet), _error),
    "dmerp_packets_unreadable_get": (_status, _handle, size_t, POINTER(dmerp_unreadable), _error),
    "dmerp_results_status": (_status, _handle, size_t),
    "dmerp_results_error": (_handle, _handle, size_t),
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
}

lib = _library.load(FUNCTIONS)  # calls through it let other Python threads run


def text(value: bytes | None) -> str | None:
    """Decode what the library lent, if it is there."""
    return None if value is None else value.decode("utf-8")


def content(buffer: dmerp_buffer) -> bytes:
    """Copy what the library gave."""
    return ctypes.string_at(buffer.data, buffer.len.value) if buffer.data else b""
