"""`Relay`: a TCP port of a private host, reachable from outside of its network namespace; and `SshServer`, a host's sshd.

Not every kernel has a kind of link that leads from one namespace into another, so bytes are carried from socket to socket.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from libvirt_host import linux
from libvirt_host.host import LibvirtHost

TCP_PORT = 16509
"""libvirtd's."""


class Relay:
    """Listens on a port of 127.0.0.1 here, `port`, and connects to one of 127.0.0.1 inside of the host."""

    def __init__(self, host: LibvirtHost, port_inside: int = TCP_PORT) -> None:
        self._host = host
        self._port_inside = port_inside
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="relay", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End all connections that there are now."""
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        linux.enter_network(self._host.pid)  # the listener stays where it was made
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                inside = socket.create_connection(("127.0.0.1", self._port_inside))
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open += [client, inside]
            threading.Thread(target=_connect, args=(client, inside), name="relay", daemon=True).start()


def _connect(client: socket.socket, inside: socket.socket) -> None:
    """Carry bytes both ways until one end has had enough."""
    with client, inside:
        back = threading.Thread(target=_carry, args=(inside, client), name="relay", daemon=True)
        back.start()
        _carry(client, inside)
        back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


_SSHD_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/client_key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
"""

_SSH_CONFIG = """\
Host *
  IdentityFile {folder}/client_key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
  HostKeyAlias {name}
  StrictHostKeyChecking yes
  BatchMode yes
"""


class SshServer:
    """sshd inside of a private host, with keys and a configuration of its own. `command`: an ssh that knows them."""

    PORT = 2222

    def __init__(self, host: LibvirtHost) -> None:
        self._host = host
        self._folder = host.directory / "ssh"
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def unavailable() -> str | None:
        """Why there can be none, or None."""
        return None if shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") else "missing programs: sshd"

    @property
    def command(self) -> Path:
        return self._folder / "ssh"

    def __enter__(self) -> Self:
        folder = self._folder
        folder.mkdir(mode=0o700)
        for name in ("host_key", "client_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        host_key = (folder / "host_key.pub").read_text()
        (folder / "known_hosts").write_text(f"{self._host.name} {host_key}")
        (folder / "sshd_config").write_text(_SSHD_CONFIG.format(port=self.PORT, folder=folder))
        (folder / "ssh_config").write_text(_SSH_CONFIG.format(folder=folder, name=self._host.name))
        self.command.write_text(f'#!/bin/sh\nexec ssh -F {folder}/ssh_config "$@"\n')
        self.command.chmod(0o755)
        self._host.run(["mkdir", "-p", "/run/sshd"], check=True)
        with (self._host.directory / "log" / "sshd").open("wb") as log:
            self._process = self._host.popen(
                ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
