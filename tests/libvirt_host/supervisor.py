"""The two processes that own a private libvirt, run as `python -m libvirt_host.supervisor SETTINGS`.

The *keeper* stays in the host's namespaces. It starts the *supervisor*, waits until that and everything below it is
dead, and removes the directory – also when the test process was killed and nobody else is left to do so.

The *supervisor* is PID 1 of a new PID namespace. So it reaps what daemons and guests leave behind (libvirt polls for
the end of a guest; a PID 1 that reaps late makes destroy() take seconds), and when it ends, the kernel kills all the
rest. It ends when it is told to, when the control socket closes, when the owner (a pidfd) exits, or when the keeper
dies.

Control messages are JSON objects, one per SOCK_SEQPACKET packet: `{"do": …}` with start, stop, kill, freeze, thaw or
exit is answered by `{}` or `{"error": …}`. The first packet from the supervisor is `{"pid": …}` or `{"error": …}`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from libvirt_host import linux

_DEVICES = {
    # name: (mode, major, minor)
    "null": (0o666, 1, 3),
    "zero": (0o666, 1, 5),
    "full": (0o666, 1, 7),
    "random": (0o666, 1, 8),
    "urandom": (0o666, 1, 9),
    "tty": (0o666, 5, 0),
    "net/tun": (0o666, 10, 200),
}
_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Settings:
    """What the host object tells its keeper."""

    directory: str
    hostname: str
    kvm_group: int
    control: int
    owner: int


class Supervisor:
    """PID 1: starts and stops the daemons, reaps everything, obeys the control socket."""

    def __init__(self, settings: Settings) -> None:
        self._directory = Path(settings.directory)
        self._control = socket.socket(fileno=settings.control)
        self._owner = settings.owner
        self._wake, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        os.set_blocking(self._wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self._daemons: dict[str, int] = {}

    def serve(self) -> None:
        poll = select.poll()
        for descriptor in (self._control.fileno(), self._owner, self._wake):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            self._reap()
            if self._owner in ready:
                return
            if self._control.fileno() in ready and not self._obey():
                return

    def send(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())

    def start(self, name: str, *arguments: str) -> None:
        """Start a daemon in the foreground; its output goes to a log file named after it."""
        if name in self._daemons:
            raise RuntimeError(f"{name} is running")
        program = shutil.which(name, path=_ENVIRONMENT["PATH"])
        if program is None:
            raise FileNotFoundError(f"{name} is not installed")
        log = os.open(self._directory / "log" / f"{name}.stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, log, 2),
        ]
        # A daemon must not inherit PID 1's handlers or mask, and has a process group of its own.
        self._daemons[name] = os.posix_spawn(
            program, [program, *arguments], _ENVIRONMENT, file_actions=actions, setpgroup=0, setsigmask=[]
        )
        os.close(log)

    def _obey(self) -> bool:
        try:
            packet = self._control.recv(4096)
        except ConnectionError:
            return False
        if not packet:
            return False
        order = json.loads(packet)["do"]
        if order == "exit":
            return False
        try:
            match order:
                case "start":
                    self.start("libvirtd", "--listen", "--pid-file", "/run/libvirtd.pid")
                case "stop":
                    self._end("libvirtd", signal.SIGTERM)
                case "kill":
                    self._end("libvirtd", signal.SIGKILL)
                case "freeze":
                    self._signal("libvirtd", signal.SIGSTOP)
                case "thaw":
                    self._signal("libvirtd", signal.SIGCONT)
                case _:
                    raise ValueError(f"no such order: {order}")
        except (OSError, RuntimeError, ValueError) as exc:
            self.send({"error": str(exc)})
        else:
            self.send({})
        return True

    def _signal(self, name: str, signal_number: int) -> None:
        if name not in self._daemons:
            raise RuntimeError(f"{name} is not running")
        os.kill(self._daemons[name], signal_number)

    def _end(self, name: str, signal_number: int) -> None:
        self._signal(name, signal_number)
        deadline = time.monotonic() + _STOP_SECONDS
        while name in self._daemons:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} did not end within {_STOP_SECONDS:.0f} s")
            select.select([self._wake], [], [], 0.2)
            self._reap()

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._daemons = {name: other for name, other in self._daemons.items() if other != pid}


def _enter_namespaces(settings: Settings) -> None:
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    socket.sethostname(settings.hostname)
    kvm = linux.kvm_usable()
    # Covered mounts would still be listed: libvirt moves every mount below /dev when it starts a guest. And without
    # control groups it does not look for systemd-machined, and two hosts cannot meet in the group /machine.
    for target in reversed(_mounts_below("/dev", "/proc", "/run", "/sys")):
        linux.unmount(target)
    quiet = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", "/proc", flags=quiet)
    linux.mount("sysfs", "/sys", flags=quiet)  # its /sys/class/net is that of the new network namespace
    _make_devices(settings, kvm=kvm)
    # The private /run hides the system bus and the sockets of the host's own libvirt.
    linux.mount("tmpfs", "/run", flags=linux.MS_NOSUID | linux.MS_NODEV, options="mode=755")
    os.mkdir("/run/lock", 0o1777)
    directory = Path(settings.directory)
    for name, target in {
        "etc": "/etc/libvirt",
        "lib": "/var/lib/libvirt",
        "run": "/run/libvirt",
        "cache": "/var/cache/libvirt",
        "log": "/var/log/libvirt",
    }.items():
        os.makedirs(target, exist_ok=True)
        linux.mount("", target, source=str(directory / name), flags=linux.MS_BIND)
    linux.loopback_up()


def _mounts_below(*folders: str) -> list[str]:
    targets = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [
        target for target in targets if target.startswith(tuple(f"{name}/" for name in folders)) or target in folders
    ]


def _make_devices(settings: Settings, *, kvm: bool) -> None:
    """A /dev of our own: without a kvm that cannot be used, and with one that libvirt may use where it can be."""
    linux.mount("tmpfs", "/dev", flags=linux.MS_NOSUID, options="mode=755")
    os.umask(0)
    for folder in ("pts", "shm", "net"):
        os.mkdir(f"/dev/{folder}", 0o755)
    for name, (mode, major, minor) in _DEVICES.items():
        os.mknod(f"/dev/{name}", stat.S_IFCHR | mode, os.makedev(major, minor))
    for name, target in _LINKS.items():
        os.symlink(target, f"/dev/{name}")
    if kvm:
        os.mknod("/dev/kvm", stat.S_IFCHR | 0o660, os.makedev(10, 232))
        os.chown("/dev/kvm", 0, settings.kvm_group)
    os.umask(0o022)
    no_exec = linux.MS_NOSUID | linux.MS_NOEXEC
    linux.mount("devpts", "/dev/pts", flags=no_exec, options="newinstance,ptmxmode=0666,mode=0620,gid=5")
    linux.mount("tmpfs", "/dev/shm", flags=linux.MS_NOSUID | linux.MS_NODEV, options="mode=1777")


def _supervise(settings: Settings) -> None:
    linux.die_with_parent(signal.SIGKILL)
    # The old /proc still numbers us as the outside does.
    outside = int(os.readlink("/proc/self"))
    supervisor = Supervisor(settings)
    try:
        _enter_namespaces(settings)
        supervisor.start("virtlogd", "--pid-file", "/run/virtlogd.pid")
        supervisor.start("libvirtd", "--listen", "--pid-file", "/run/libvirtd.pid")
    except OSError as exc:
        supervisor.send({"error": str(exc)})
        return
    supervisor.send({"pid": outside})
    supervisor.serve()


def _keep(settings: Settings) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=settings.control)
    try:
        linux.unshare(linux.CLONE_NEWPID)
    except OSError as exc:
        control.send(json.dumps({"error": str(exc)}).encode())
        return
    child = os.fork()
    if child == 0:
        control.detach()
        try:
            _supervise(settings)
        finally:
            os._exit(0)
    control.close()
    os.close(settings.owner)
    os.waitpid(child, 0)


def main() -> NoReturn:
    settings = Settings(**json.loads(sys.argv[1]))
    try:
        _keep(settings)
    finally:
        shutil.rmtree(settings.directory, ignore_errors=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
