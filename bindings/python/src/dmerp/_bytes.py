"""Bytes of the caller's, lent to the library without a copy."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int, c_ssize_t, c_void_p, py_object
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

_SIMPLE = 0  # PyBUF_SIMPLE: one run of bytes, whatever the object's own shape

_get = ctypes.PYFUNCTYPE(c_int, py_object, c_void_p, c_int)(("PyObject_GetBuffer", ctypes.pythonapi))
_release = ctypes.PYFUNCTYPE(None, c_void_p)(("PyBuffer_Release", ctypes.pythonapi))


class _PyBuffer(ctypes.Structure):
    # Py_buffer, which is part of CPython's stable ABI. A ctypes array over a memoryview would do only for writable bytes.
    _fields_ = (
        ("buf", c_void_p),
        ("obj", c_void_p),
        ("len", c_ssize_t),
        ("itemsize", c_ssize_t),
        ("readonly", c_int),
        ("ndim", c_int),
        ("format", c_char_p),
        ("shape", c_void_p),
        ("strides", c_void_p),
        ("suboffsets", c_void_p),
        ("internal", c_void_p),
    )


class Lent:
    """The address and length of an object's bytes, which stay where they are until the `with` block ends."""

    def __init__(self, argument: str, content: Any) -> None:
        if isinstance(content, str):
            raise TypeError(f"{argument} is text: encode it first, as with .encode('utf-8')")
        self._buffer = _PyBuffer()
        _get(content, ctypes.addressof(self._buffer), _SIMPLE)
        self.address: int | None = self._buffer.buf
        self.length: int = self._buffer.len

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _release(ctypes.addressof(self._buffer))
