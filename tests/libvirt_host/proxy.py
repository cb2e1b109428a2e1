"""`LibvirtProxy`: stands between a client and libvirtd, counts, and at the right moment breaks things.

Faults are real: the client process dies by SIGKILL, or its connection closes, just before the k-th writing call reaches
the daemon or just after the daemon has answered it. What the proxy does not touch passes unchanged, keepalive
included. Calls that carry file descriptors are not supported: such a connection is closed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import shutil
import signal
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from libvirt_host import rpc
from libvirt_host.procedures import is_writing, name_of

_A_MOMENT = 0.05
When = Literal["before", "after"]
During = Literal["before", "during", "after"]


@dataclass(frozen=True)
class Call:
    """One call that a client made. Connections are numbered from 1."""

    connection: int
    name: str
    writing: bool


@dataclass(frozen=True)
class _Trap:
    """What happens at the `at`-th writing call, of any kind with `reading`, or of one `name`."""

    at: int
    when: During
    reading: bool = False
    kill: bool = False
    silent: bool = False
    name: str | None = None
    do: Callable[[], None] | None = None

    def counts(self, call: Call) -> bool:
        return call.name == self.name if self.name is not None else call.writing or self.reading


_SOME_OBJECTS, _MANY_OBJECTS = 5_000, 50_000


def collect(more_than: int = _MANY_OBJECTS) -> None:
    """Free what is in circles, in a thread that is none of a proxy's; if there is much of it, since it takes 0.1 s."""
    if gc.get_count()[0] > more_than:
        gc.unfreeze()
        gc.collect()


class LibvirtProxy:
    """A socket like that of the daemon at `socket_path`, as a context manager.

    As long as there is a proxy, Python's collector does not run by itself: in one of the proxy's threads it may free a
    libvirt object of a client in this very process, and the call that this makes waits for the proxy. `collect` does it.

    The record (`calls`, `round_trips`, `writes`, `stream_packets`) starts with the proxy and anew with `reset` and with
    every trap. A trap works once; `sprung` is then the call that it worked at.
    """

    def __init__(self, socket_path: Path) -> None:
        self._upstream = socket_path
        self._directory: Path | None = None
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._open: list[_Connection] = []
        self._connections = 0
        self._lock = threading.Lock()
        self._trap: _Trap | None = None
        self._delay = 0.0
        self._calls: list[Call] = []
        self._stream_packets = 0
        self._sprung: Call | None = None
        self._collecting = (0, 0, 0)

    def __enter__(self) -> Self:
        self._directory = Path(tempfile.mkdtemp(prefix="dcctl-proxy-"))
        self._directory.chmod(0o711)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.socket_path))
        self.socket_path.chmod(0o666)
        self._listener.listen(64)
        self._collecting = gc.get_threshold()
        gc.set_threshold(0)
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listener is not None
        assert self._directory is not None
        collect(_SOME_OBJECTS)
        gc.set_threshold(*self._collecting)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections, threads = list(self._open), list(self._threads)
        for connection in connections:
            connection.close()
        for thread in threads:
            thread.join(timeout=10)
        shutil.rmtree(self._directory)

    @property
    def socket_path(self) -> Path:
        if self._directory is None:
            raise RuntimeError("the proxy is not running")
        return self._directory / "libvirt-sock"

    @property
    def uri(self) -> str:
        return f"qemu+unix:///system?socket={self.socket_path}"

    # -- the record -------------------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """All calls in the order in which they came, those of a trap included."""
        with self._lock:
            return list(self._calls)

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    @property
    def round_trips(self) -> int:
        """How many calls waited for an answer. Stream packets and keepalive are none."""
        return len(self.calls)

    @property
    def writes(self) -> int:
        return sum(call.writing for call in self.calls)

    @property
    def stream_packets(self) -> int:
        """Packets of uploads and downloads, in both directions."""
        with self._lock:
            return self._stream_packets

    @property
    def sprung(self) -> Call | None:
        with self._lock:
            return self._sprung

    def reset(self) -> None:
        """Forget the record, and disarm a trap."""
        self._arm(None)

    # -- trouble ----------------------------------------------------------------------------------------------------

    def kill_client_at(self, k: int, *, when: When) -> None:
        """SIGKILL the client that makes the k-th writing call from now on (the first is 1).

        `before`: the daemon never sees the call. `after`: the daemon has answered, and the client never hears it.
        A client in this very process is dropped instead.
        """
        self._arm(_Trap(k, when, kill=True))

    def drop_at(self, call: int | str, *, when: When, reading: bool = False) -> None:
        """Close the connection that makes the k-th writing call from now on, or one of a name; `reading`: the k-th call of any kind."""
        if isinstance(call, str):
            self._arm(_Trap(1, when, name=call))
        else:
            self._arm(_Trap(call, when, reading=reading))

    def fall_silent_at(self, call: int | str, *, when: When = "before") -> None:
        """Pass nothing on any more, in either direction, on the connection that makes the k-th writing call, or one of a name, from now on."""
        if isinstance(call, str):
            self._arm(_Trap(1, when, silent=True, name=call))
        else:
            self._arm(_Trap(call, when, silent=True))

    def do_at(self, call: int | str, do: Callable[[], None], *, when: During = "before") -> None:
        """Do something to the host while the client waits for its k-th writing call, or for the first of a name, from now on.

        Nothing is done to the connection. `during`: the daemon has had the call for a moment, and may be at work on it.
        """
        if isinstance(call, str):
            self._arm(_Trap(1, when, name=call, do=do))
        else:
            self._arm(_Trap(call, when, do=do))

    def delay(self, seconds: float) -> None:
        """Let every message to the daemon take that long, as a distant daemon would. Calls may overlap."""
        self._delay = seconds

    # -- inside -----------------------------------------------------------------------------------------------------

    def _arm(self, trap: _Trap | None) -> None:
        with self._lock:
            self._trap, self._sprung, self._calls, self._stream_packets = trap, None, [], 0

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"libvirt-proxy-{target.__name__}", daemon=True)
        with self._lock:
            self._threads = [other for other in self._threads if other.is_alive()]
            # Started under the lock: one that is listed but has not begun would look finished.
            thread.start()
            self._threads.append(thread)

    def _accept(self) -> None:
        assert self._listener is not None
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            daemon = socket.socket(socket.AF_UNIX)
            try:
                daemon.connect(str(self._upstream))
            except OSError:
                daemon.close()
                client.close()
                continue
            self._connections += 1
            connection = _Connection(self, self._connections, client, daemon)
            with self._lock:
                self._open = [other for other in self._open if not other.closed]
                self._open.append(connection)
            for target in (connection.from_client, connection.to_daemon, connection.from_daemon):
                self._start(target)

    def delay_of_a_message(self) -> float:
        return self._delay

    def note_stream_packet(self) -> None:
        with self._lock:
            self._stream_packets += 1

    def note_call(self, call: Call) -> _Trap | None:
        """Record a call; the trap, if it is the one that springs it."""
        with self._lock:
            self._calls.append(call)
            trap = self._trap
            if trap is None or not trap.counts(call):
                return None
            if sum(map(trap.counts, self._calls)) != trap.at:
                return None
            self._trap, self._sprung = None, call
            return trap


class _Connection:
    """One client, its connection to the daemon, and the three threads that move messages."""

    def __init__(self, proxy: LibvirtProxy, number: int, client: socket.socket, daemon: socket.socket) -> None:
        self.closed = False
        self._proxy = proxy
        self._number = number
        self._client = client
        self._daemon = daemon
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self._client_pid: int = struct.unpack("3i", credentials)[0]
        self._outgoing: queue.Queue[tuple[float, bytes] | None] = queue.Queue()
        self._drained = threading.Event()
        self._closing = threading.Lock()
        self._ended = 0
        self._silent = False
        self._last: tuple[int, int, _Trap] | None = None
        """Program and serial of the call whose answer the client must not get."""

    def close(self) -> None:
        """Cut both ends at once and so wake all three threads; the last one to leave closes the sockets."""
        self.closed = True
        self._outgoing.put(None)
        for end in (self._client, self._daemon):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def from_client(self) -> None:
        with self._leaving():
            while (message := self._receive(self._client)) is not None:
                trap = None
                if message.program != rpc.KEEPALIVE_PROGRAM:
                    trap = self._look_at(message)
                if self._silent:
                    continue
                if trap is not None and trap.when == "before":
                    self._spring(trap)
                    if trap.silent:
                        continue
                    if trap.do is None:
                        return
                elif trap is not None and trap.when == "after":
                    self._last = (message.program, message.serial, trap)
                self._outgoing.put((time.monotonic() + self._proxy.delay_of_a_message(), message.raw))
                if trap is not None and trap.when == "during":
                    time.sleep(_A_MOMENT)
                    self._spring(trap)
            # What a client said before it went still reaches the daemon, as it would without us.
            self._outgoing.put(None)
            self._drained.wait()

    def to_daemon(self) -> None:
        with self._leaving():
            try:
                while (item := self._outgoing.get()) is not None:
                    due, raw = item
                    time.sleep(max(0.0, due - time.monotonic()))
                    self._daemon.sendall(raw)
            finally:
                self._drained.set()

    def from_daemon(self) -> None:
        with self._leaving():
            while (message := self._receive(self._daemon)) is not None:
                if message.kind == rpc.Kind.STREAM:
                    self._proxy.note_stream_packet()
                last = self._last
                if (
                    last is not None
                    and message.kind == rpc.Kind.REPLY
                    and last[:2] == (message.program, message.serial)
                ):
                    self._last = None
                    self._spring(last[2])
                    if not last[2].silent and last[2].do is None:
                        return
                if self._silent:
                    continue
                self._client.sendall(message.raw)

    def _look_at(self, message: rpc.Message) -> _Trap | None:
        if message.kind in {rpc.Kind.STREAM, rpc.Kind.STREAM_HOLE}:
            self._proxy.note_stream_packet()
        if message.kind != rpc.Kind.CALL:
            return None
        name = name_of(message.program, message.procedure)
        return self._proxy.note_call(Call(self._number, name, is_writing(name)))

    def _receive(self, end: socket.socket) -> rpc.Message | None:
        message = rpc.receive(end)
        if message is not None and message.kind in {rpc.Kind.CALL_WITH_DESCRIPTORS, rpc.Kind.REPLY_WITH_DESCRIPTORS}:
            return None
        return message

    def _spring(self, trap: _Trap) -> None:
        if trap.do is not None:
            trap.do()
            return
        self._silent = trap.silent
        if trap.kill and self._client_pid != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._client_pid, signal.SIGKILL)

    @contextlib.contextmanager
    def _leaving(self) -> Iterator[None]:
        try:
            with contextlib.suppress(OSError):
                yield
        finally:
            self.close()
            with self._closing:
                self._ended += 1
                last = self._ended == 3
            if last:
                self._client.close()
                self._daemon.close()
