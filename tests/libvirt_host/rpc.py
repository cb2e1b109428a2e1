"""The frame of libvirt's RPC messages, and the names of its procedures.

A message is a 4-byte length (which counts itself), six 4-byte fields – program, version, procedure, type, serial,
status – and a payload, everything big-endian.
"""

from __future__ import annotations

import enum
import socket
import struct
from dataclasses import dataclass

REMOTE_PROGRAM = 0x20008086
QEMU_PROGRAM = 0x20008087
KEEPALIVE_PROGRAM = 0x6B656570
_HEADER = struct.Struct(">IIIiiIi")
_LIMIT = 64 * 1024 * 1024


class Kind(enum.IntEnum):
    """The type field of a message."""

    CALL = 0
    REPLY = 1
    EVENT = 2
    STREAM = 3
    CALL_WITH_DESCRIPTORS = 4
    REPLY_WITH_DESCRIPTORS = 5
    STREAM_HOLE = 6


@dataclass(frozen=True)
class Message:
    """One message; `raw` is all of it, header and length included."""

    program: int
    version: int
    procedure: int
    kind: int
    serial: int
    status: int
    raw: bytes


def receive(connection: socket.socket) -> Message | None:
    """The next message, or None at the end of the connection."""
    head = _exactly(connection, _HEADER.size)
    if head is None:
        return None
    length, program, version, procedure, kind, serial, status = _HEADER.unpack(head)
    if not _HEADER.size <= length <= _LIMIT:
        raise ValueError(f"not a libvirt RPC message: length {length}")
    rest = _exactly(connection, length - _HEADER.size)
    return None if rest is None else Message(program, version, procedure, kind, serial, status, head + rest)


def call(procedure: int, serial: int, payload: bytes = b"") -> bytes:
    """A call message of the main program."""
    length = _HEADER.size + len(payload)
    return _HEADER.pack(length, REMOTE_PROGRAM, 1, procedure, Kind.CALL, serial, 0) + payload


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        try:
            part = connection.recv(count - len(parts))
        except ConnectionError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)
