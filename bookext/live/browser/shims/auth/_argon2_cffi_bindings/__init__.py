"""The C library of argon2, called through ctypes: cffi, which argon2-cffi asks for, has no build
for a tab. Only what `argon2.low_level` uses is here.

The functions are those of the library's `argon2.h` (https://github.com/P-H-C/phc-winner-argon2).
One thread computes all lanes, as a tab has no other; the result is the same.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

_library = ctypes.CDLL(str(Path(__file__).with_name("_ffi.so")))


class Ffi:
    """The part of a cffi interface that passes bytes to C and back."""

    NULL: None = None

    def new(self, kind: str, what: int | bytes) -> ctypes.Array[Any]:
        """Make a buffer of so many bytes, or of these and a zero."""
        return ctypes.create_string_buffer(what)

    def string(self, text: Any) -> bytes:
        """Return the bytes up to the first zero."""
        return text if isinstance(text, bytes) else text.value

    def buffer(self, buffer: ctypes.Array[Any], size: int) -> bytes:
        """Return the first bytes of a buffer."""
        return buffer.raw[:size]


class Library:
    """The functions and numbers of `argon2.h`."""

    ARGON2_OK = 0
    ARGON2_VERIFY_MISMATCH = -35
    ARGON2_VERSION_NUMBER = 0x13
    Argon2_d, Argon2_i, Argon2_id = 0, 1, 2

    argon2_encodedlen = _library.argon2_encodedlen
    argon2_hash = _library.argon2_hash
    argon2_verify = _library.argon2_verify
    argon2_error_message = _library.argon2_error_message


Library.argon2_error_message.restype = ctypes.c_char_p

ffi, lib = Ffi(), Library()
