"""A real web server on the loopback interface whose files behave as badly as a test wants."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@dataclass
class Served:
    """A file and how it is served. What a test changes holds from the next request on."""

    content: bytes
    etag: str | None = '"one"'
    ranges: bool = True
    """Whether the server knows Range; many generated or proxied files do not."""
    heeds_if_range: bool = True
    breaks_after: list[int] = field(default_factory=list)
    """For each answer in turn: how many bytes it sends before the connection is cut."""
    stalls_after: int | None = None
    """Bytes after which nothing more is sent until ``go``."""
    go: threading.Event = field(default_factory=threading.Event)
    claims: int | None = None
    """Another length than the real one."""
    location: str | None = None
    status: int | None = None


@dataclass
class Server:
    """The files by path, and every request that came: path and headers."""

    base: str
    files: dict[str, Served] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.base}{path}"

    def ranges(self, path: str) -> list[str | None]:
        """What each request for the path asked for."""
        return [headers.get("range") for asked, headers in self.requests if asked == path]


class _Handler(BaseHTTPRequestHandler):
    server_of_files: Server

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server_of_files.requests.append((self.path, headers))
        served = self.server_of_files.files.get(self.path)
        if served is None or served.status is not None:
            self.send_error(404 if served is None or served.status is None else served.status)
        elif served.location is not None:
            self.send_response(302)
            self.send_header("Location", served.location)
            self.end_headers()
        else:
            self._send(served, headers)

    def _send(self, served: Served, headers: dict[str, str]) -> None:
        start = self._start(served, headers)
        if start is not None and start >= len(served.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(served.content)}")
            self.end_headers()
            return
        self.send_response(200 if start is None else 206)
        content = served.content[start or 0 :]
        if served.etag is not None:
            self.send_header("ETag", served.etag)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{len(served.content) - 1}/{len(served.content)}")
        self.send_header("Content-Length", str(len(content) if served.claims is None else served.claims))
        self.end_headers()
        if served.breaks_after:
            content = content[: served.breaks_after.pop(0)]
        if served.stalls_after is not None and start is None:
            self.wfile.write(content[: served.stalls_after])
            self.wfile.flush()
            served.go.wait()
            content = content[served.stalls_after :]
        self.wfile.write(content)

    def _start(self, served: Served, headers: dict[str, str]) -> int | None:
        match = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
        if match is None or not served.ranges:
            return None
        condition = headers.get("if-range")
        if condition is not None and condition != served.etag and served.heeds_if_range:
            return None
        return int(match[1])

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """The server, while the block runs."""
    handler: Any = type("Handler", (_Handler,), {})
    with _Quiet(("127.0.0.1", 0), handler) as http:
        if tls is not None:
            http.socket = tls.wrap_socket(http.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        handler.server_of_files = Server(f"{scheme}://localhost:{http.server_address[1]}")
        threading.Thread(target=http.serve_forever, daemon=True).start()
        try:
            yield handler.server_of_files
        finally:
            for served in handler.server_of_files.files.values():
                served.go.set()
            http.shutdown()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are what the tests are about."""
