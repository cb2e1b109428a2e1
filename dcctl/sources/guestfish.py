"""A conversation with guestfish, about the file systems of a disk in a file.

It mounts them in a small virtual machine of its own, so that this machine's kernel never sees what a guest has made of them. Commands go to
its standard input, one a line; it answers each on standard output, and ends at the first that fails. When this process is killed its
standard input ends, and it with it.
"""

from __future__ import annotations

import glob
import os
import select
import signal
import subprocess
from contextlib import contextmanager, suppress
from secrets import token_hex
from tempfile import TemporaryDirectory, TemporaryFile
from time import monotonic

from dcctl.errors import Capacity, Failed, Timeout
from dcctl.sources.programs import GUESTFISH, Limits, must_be_installed, running
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from dcctl.job import Job

_LIMITS = Limits(memory=16 << 30, seconds=3600)
"""Of addresses: the machine has 1.3 GiB, and QEMU's translated code as much again."""

_MOST_SECONDS = 1200
"""For the whole conversation: 35 s without hardware acceleration on a busy machine; journals of large file systems take longer."""

_SLICE_SECONDS = 0.1
_PATIENCE_SECONDS = 2
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-:@+=")
_KERNELS = ("/boot/vmlinu?-*", "/boot/Image-*", "/lib/modules/*/vmlinu?")
_NEEDS = "libguestfs needs a kernel in /boot that you may read (Ubuntu's: sudo chmod +r /boot/vmlinuz-*)"


class Guestfish:
    """The program at the other end. ``ask`` raises ``Failed`` for a command that fails; after that there is no conversation any more."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes], shown: str, job: Job) -> None:
        self._process = process
        self._errors = errors
        self._shown = shown
        self._job = job
        self._deadline = monotonic() + _MOST_SECONDS
        self._mark = token_hex(16)  # no file of the guest is called so

    def ask(self, command: str, *words: str) -> list[str]:
        """The lines of its answer. Bytes that are no UTF-8 come and go as surrogates."""
        assert self._process.stdin is not None
        line = " ".join((command, *map(_quoted, words)))
        with suppress(BrokenPipeError):  # it has ended, and its last words say why
            # Not into a buffer, which would complain a second time when it is closed.
            os.write(self._process.stdin.fileno(), f"{line}\necho {self._mark}\n".encode())
        answer = self._read(f"{self._mark}\n".encode()).decode(errors="surrogateescape")
        return answer.split("\n")[:-2]

    def says_true(self, command: str, *words: str) -> bool:
        return self.ask(command, *words) == ["true"]

    def end(self) -> None:
        """Have everything written, and let it go."""
        self.ask("shutdown")
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._read(None)

    def _read(self, end: bytes | None) -> bytes:
        """What it writes until a line that is ``end``; None: until it ends, well."""
        assert self._process.stdout is not None
        answer = b""
        while end is None or not (answer == end or answer.endswith(b"\n" + end)):
            self._job.check()
            if monotonic() > self._deadline:
                raise Timeout(f"guestfish has not done with {self._shown} in {_MOST_SECONDS} seconds", hint=_TEST)
            if not select.select([self._process.stdout], [], [], _SLICE_SECONDS)[0]:
                continue
            if not (part := os.read(self._process.stdout.fileno(), 1 << 16)):
                status = self._process.wait()
                if end is None and status == 0:
                    break
                raise _failure(self._shown, _complaint(self._errors), status)
            answer += part
        return answer


_TEST = "does libguestfs work here? See: libguestfs-test-tool"


@contextmanager
def opened(path: str, form: str, shown: str, environ: Mapping[str, str], job: Job) -> Iterator[Guestfish]:
    """guestfish, its virtual machine started, with the disk in this file. ``form`` is said, since guessing would believe the content.

    The machine is gone afterwards. Only after ``end`` is everything in the file.
    """
    # An absolute path: "nbd:…" would be taken for an address.
    options = ["--rw", f"--format={form}", f"--add={os.path.abspath(path)}"]
    with TemporaryDirectory(prefix="dcctl-", ignore_cleanup_errors=True) as scratch, TemporaryFile() as errors:
        variables = _variables(environ, scratch)
        with running(
            GUESTFISH, options, _LIMITS, environ, stdin=subprocess.PIPE, stderr=errors, variables=variables
        ) as process:
            try:
                fish = Guestfish(process, errors, shown, job)
                fish.ask("run")
                yield fish
            finally:
                _let_go(process)


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """End it if it still runs; by itself, since it removes its sockets then, which are in /tmp for root, whatever TMPDIR says."""
    assert process.stdin is not None
    process.stdin.close()
    for other in _others_of_session(process.pid):
        with suppress(ProcessLookupError):
            os.kill(other, signal.SIGKILL)  # without its machine it fails, and goes
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _others_of_session(leader: int) -> Iterator[int]:
    for name in os.listdir("/proc"):
        if name.isdecimal() and int(name) != leader:
            with suppress(ProcessLookupError):
                if os.getsid(int(name)) == leader:
                    yield int(name)


def must_be_usable(environ: Mapping[str, str]) -> None:
    """Raises ``Failed``, before anything is begun, where guestfish is missing, or a kernel for its machine."""
    must_be_installed(GUESTFISH, environ)
    if "SUPERMIN_KERNEL" in environ or "LIBGUESTFS_PATH" in environ:  # chosen, or an appliance that was made before
        return
    kernels = [path for pattern in _KERNELS for path in glob.glob(pattern)]
    if not any(os.access(path, os.R_OK) for path in kernels):
        raise Failed(
            f"guestfish finds no kernel {'that it may read' if kernels else 'for its virtual machine'}",
            hint="sudo chmod +r /boot/vmlinuz-*"
            if kernels
            else "install one, such as Debian's linux-image-cloud-amd64",
        )


def _quoted(word: str) -> str:
    """As guestfish reads words: within quotes, with escapes as in C."""
    encoded = word.encode(errors="surrogateescape")
    escaped = "".join(chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in encoded)
    return f'"{escaped}"'


def _variables(environ: Mapping[str, str], scratch: str) -> dict[str, str]:
    """What libguestfs goes by: the person's own settings, and else what works without being set up.

    It puts its sockets into ``scratch``. By libvirt, as some distributions have it, QEMU's user could not read our file.
    """
    own = {name: value for name, value in environ.items() if name.startswith(("LIBGUESTFS_", "SUPERMIN_"))}
    usual = {"LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_TMPDIR": scratch, "HOME": scratch}
    if not _has_virtualization():
        usual["LIBGUESTFS_BACKEND_SETTINGS"] = "force_tcg"
    return {**usual, **own}


def _has_virtualization() -> bool:
    """Whether QEMU may try KVM. With a /dev/kvm but neither vmx nor svm it does, and the machine hangs (600 s were seen)."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = file.read().split()
    except OSError:
        return True  # let libguestfs find out
    return os.uname().machine not in ("x86_64", "i686") or not {"vmx", "svm"}.isdisjoint(flags)


def _complaint(errors: IO[bytes]) -> str:
    """What it says is wrong: the last error, which is the one that made it end; then comes advice about itself."""
    errors.seek(0)
    lines = [line.strip() for line in errors.read(1 << 16).decode(errors="replace").splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "error:" in line), lines[-1] if lines else "")


def _failure(shown: str, complaint: str, status: int) -> Failed | Capacity:
    if "No space left" in complaint:
        return Capacity(f"no space is left to change {shown}", hint="on this machine, or on the disk itself")
    why = visible(complaint.rpartition("error: ")[2]) or f"it ended with status {status}"
    return Failed(f"guestfish cannot change {shown}: {why}", hint=_NEEDS if "supermin" in complaint else _TEST)
