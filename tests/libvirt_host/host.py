"""`LibvirtHost`: libvirtd, virtlogd, a pool and a network for one test session, and no trace of them afterwards.

The daemons run in PID, mount, network, IPC and UTS namespaces of their own (`supervisor.py`), with configuration,
state and logs in a temporary directory. The same paths name the same files inside and outside, except below /dev,
/run, /proc, /sys and libvirt's own folders – so pool volumes can be looked at directly, and the daemon's socket is an
ordinary file that ordinary processes connect to. Addresses of guests exist only in the network namespace: use `run`.
"""

from __future__ import annotations

import contextlib
import grp
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from libvirt_host import cache, configuration, rpc
from libvirt_host.supervisor import Settings

_START_SECONDS = 30.0
_AUTH_LIST = 66
_PROGRAMS = ("libvirtd", "virtlogd", "qemu-img", "virsh", "dnsmasq", "iptables", "ip", "nsenter", "setpriv")
# Tells the pipe $0 that from here on the program dies with nsenter.
_ANNOUNCE = 'printf x >/proc/self/fd/$0; exec "$@"'
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class HostUnavailable(Exception):
    """This machine cannot run a private libvirt; the text says why."""


def unavailable() -> str | None:
    """Why this machine cannot run a private libvirt, or None. Cheap, and changes nothing."""
    if not sys.platform.startswith("linux"):
        return "a private libvirt needs Linux"
    if os.geteuid() != 0:
        return "a private libvirt needs root (for its namespaces)"
    programs = (*_PROGRAMS, f"qemu-system-{platform.machine()}")
    missing = [name for name in programs if shutil.which(name, path=_SYSTEM_PATH) is None]
    if missing:
        return f"missing programs: {', '.join(missing)} (python -m libvirt_host.packages installs them)"
    return None


class LibvirtHost:
    """A private libvirt as a context manager; several may run at once.

    Started are a pool `default` (a directory, `pool_path`) and a network `default` (NAT, DHCP without the address
    ping, 192.168.122.0/24 inside the host's own network namespace).
    """

    def __init__(self, *, name: str = "libvirt-host.test", certificates: Path | None = None) -> None:
        self._certificates = certificates
        self.name = name
        """The host name that the daemon reports. Its dot keeps libvirt from asking a name server."""
        self._directory: Path | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Start everything and wait until the daemon answers. HostUnavailable says why it cannot be."""
        reason = unavailable()
        if reason is not None:
            raise HostUnavailable(reason)
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    # -- where things are -------------------------------------------------------------------------------------------

    @property
    def directory(self) -> Path:
        """Everything of this host; removed at the end. `log` in it holds what the daemons said."""
        if self._directory is None:
            raise RuntimeError("the host is not running")
        return self._directory

    @property
    def socket_path(self) -> Path:
        return self.directory / "run" / "libvirt-sock"

    @property
    def uri(self) -> str:
        return f"qemu+unix:///system?socket={self.socket_path}"

    @property
    def pid(self) -> int:
        """A process in the host's namespaces, as it is called outside."""
        return self._pid

    @property
    def pool_path(self) -> Path:
        """The directory of pool `default`, the same inside and outside."""
        return self.directory / "pool"

    # -- programs inside --------------------------------------------------------------------------------------------

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a program in the host's namespaces, in `/`. Killing what is returned kills the program, too."""
        enter = ["nsenter", "--target", str(self._pid), "--mount", "--net", "--ipc", "--uts", "--pid"]
        ready, announce = os.pipe()
        try:
            guard = ["setpriv", "--pdeathsig", "KILL", "sh", "-c", _ANNOUNCE, str(announce)]
            passed = (announce, *options.pop("pass_fds", ()))
            process = subprocess.Popen([*enter, *guard, *argv], pass_fds=passed, **options)
        except BaseException:
            os.close(ready)
            raise
        finally:
            os.close(announce)
        # Killed any earlier, nsenter would leave the program behind.
        os.read(ready, 1)
        os.close(ready)
        return process

    def run(
        self, argv: Sequence[str], *, timeout: float = 60.0, check: bool = False, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, e.g. `ssh` to a guest or `virsh`."""
        source = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
        pipe = subprocess.PIPE
        with self.popen(argv, stdin=source, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                output, errors = process.communicate(stdin, timeout=timeout)
            except BaseException:
                process.kill()
                raise
        if check and process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, list(argv), output, errors)
        return subprocess.CompletedProcess(list(argv), process.returncode, output, errors)

    def processes(self) -> list[tuple[int, str]]:
        """All processes inside but the supervisor, as (pid outside, command line); none after the end."""
        if self._pid == 0:
            return []
        space = os.readlink(f"/proc/{self._pid}/ns/pid")
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == self._pid:
                continue
            with contextlib.suppress(OSError):
                if os.readlink(entry / "ns" / "pid") == space:
                    words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                    found.append((int(entry.name), " ".join(words).strip()))
        return sorted(found)

    def qemu(self, guest: str) -> int | None:
        """The process of a guest's QEMU, as it is called outside; None if there is none."""
        return next((pid for pid, line in self.processes() if f"-name guest={guest}," in line), None)

    # -- the daemon -------------------------------------------------------------------------------------------------

    def stop_daemon(self) -> None:
        """End libvirtd in order. Guests and networks stay."""
        self._order("stop")

    def kill_daemon(self) -> None:
        """End libvirtd with SIGKILL. Guests and networks stay."""
        self._order("kill")

    def start_daemon(self) -> None:
        """Start libvirtd again, and wait until it answers."""
        self._order("start")
        self._wait_until_it_answers()

    def restart_daemon(self) -> None:
        """As after a crash: SIGKILL, and it is started again."""
        self.kill_daemon()
        self.start_daemon()

    @contextlib.contextmanager
    def frozen_daemon(self) -> Iterator[None]:
        """libvirtd does nothing any more, but is not gone: connections are accepted, and nobody answers."""
        self._order("freeze")
        try:
            yield
        finally:
            self._order("thaw")
            self._wait_until_it_answers()

    def small_pool(self, name: str, size_mib: int, *, files: int | None = None) -> Path:
        """Define and start a pool on a file system of its own (tmpfs), so small that a test can fill it; ``files``: how many it can have.

        The directory exists in the host's mount namespace only: look into it with `run`.
        """
        path = self.directory / "small" / name
        path.mkdir(parents=True, mode=0o711)
        most = "" if files is None else f",nr_inodes={files}"
        self.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=0711{most}", "none", str(path)], check=True)
        self.virsh("pool-define-as", name, "dir", "--target", str(path))
        self.virsh("pool-start", name)
        return path

    def remove_small_pool(self, name: str) -> None:
        self.virsh("pool-destroy", name)
        self.virsh("pool-undefine", name)
        self.run(["umount", str(self.directory / "small" / name)], check=True)
        (self.directory / "small" / name).rmdir()

    def virsh(self, *arguments: str, timeout: float = 60.0) -> str:
        """What `virsh` prints; CalledProcessError if it fails."""
        return self.run(["virsh", "--quiet", *arguments], timeout=timeout, check=True).stdout

    # -- begin and end ----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        directory = Path(tempfile.mkdtemp(prefix="dcctl-libvirt-"))
        self._directory = directory
        # Ordinary users may connect, and qemu's user may reach the volumes.
        directory.chmod(0o711)
        for folder in ("etc", "lib", "run", "cache", "log", "pool", "small"):
            (directory / folder).mkdir(mode=0o711 if folder in {"pool", "small", "lib"} else 0o755)
        (directory / "log" / "qemu").mkdir()  # libvirt takes it for granted
        configuration.write(
            directory / "etc", pool=self.pool_path, group=_group("libvirt", "root"), certificates=self._certificates
        )
        seeded = _copy_capabilities(_capability_cache(), directory / "cache" / "qemu" / "capabilities")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, _pidfd(os.getpid()) as owner, (directory / "log" / "supervisor").open("wb") as log:
            settings = Settings(
                directory=str(directory),
                hostname=self.name,
                kvm_group=grp.getgrnam(_group("kvm", "root")).gr_gid,
                control=theirs.fileno(),
                owner=owner,
            )
            self._keeper = subprocess.Popen(
                [sys.executable, "-S", "-m", "libvirt_host.supervisor", json.dumps(vars(settings))],
                env={
                    "PATH": _SYSTEM_PATH,
                    "PYTHONPATH": str(Path(__file__).parents[1]),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                pass_fds=(theirs.fileno(), owner),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # an interrupt at the terminal is for the tests, not for the keeper
            )
        self._control.settimeout(_START_SECONDS)
        first = self._answer()
        if "error" in first:
            raise HostUnavailable(f"no private libvirt: {first['error']}")
        self._pid = first["pid"]
        self._wait_until_it_answers()
        if not seeded:
            # Asking qemu what it can do takes seconds; the answer is kept for the next host.
            self.virsh("domcapabilities", "--virttype", "qemu")
            _copy_capabilities(directory / "cache" / "qemu" / "capabilities", _capability_cache())

    def close(self) -> None:
        """End everything inside and wait until it is gone. Safe at any time, also twice."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._keeper is not None:
            self._keeper.wait()
            self._keeper = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)  # in case the keeper never ran
            self._directory = None
        self._pid = 0

    def _order(self, order: str) -> None:
        if self._control is None:
            raise RuntimeError("the host is not running")
        with self._lock:
            self._control.send(json.dumps({"do": order}).encode())
            answer = self._answer()
        if "error" in answer:
            raise RuntimeError(f"{order}: {answer['error']}")

    def _answer(self) -> dict[str, Any]:
        assert self._control is not None
        packet = self._control.recv(65536)
        if not packet:
            raise HostUnavailable(f"the supervisor ended: {(self.directory / 'log' / 'supervisor').read_text()}")
        answer: dict[str, Any] = json.loads(packet)
        return answer

    def _wait_until_it_answers(self) -> None:
        """The daemon listens early, but answers only after its drivers have started."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_START_SECONDS)
                try:
                    connection.connect(str(self.socket_path))
                    connection.sendall(rpc.call(_AUTH_LIST, serial=0))
                    if rpc.receive(connection) is not None:
                        return
                except (FileNotFoundError, ConnectionError):
                    pass
            if time.monotonic() > deadline:
                said = (self.directory / "log" / "libvirtd.stderr").read_text()
                raise HostUnavailable(f"libvirtd does not answer: {said[-2000:]}")
            time.sleep(0.005)


def _group(*names: str) -> str:
    for name in names:
        with contextlib.suppress(KeyError):
            return grp.getgrnam(name).gr_name
    raise LookupError(f"none of the groups {', '.join(names)} exists")


@contextlib.contextmanager
def _pidfd(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _capability_cache() -> Path:
    return cache.directory("capabilities")


def _copy_capabilities(source: Path, target: Path) -> bool:
    """Copy what libvirt remembers about QEMU; it checks by itself whether that is still true."""
    target.mkdir(parents=True, exist_ok=True)
    files = [path for path in source.glob("*.xml") if path.is_file()] if source.is_dir() else []
    for path in files:
        scratch = target / f".{uuid.uuid4().hex}"
        shutil.copyfile(path, scratch)
        scratch.rename(target / path.name)
    return bool(files)
