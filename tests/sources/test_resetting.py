"""What is taken out of a disk so that clones are machines of their own, and the disks where that is refused. The guest is a folder here;
`tests/libvirt_driver/test_driver_reset_images.py` has a real one."""

from __future__ import annotations

import json
import shlex
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from dcctl.disk_format import DiskFormat
from dcctl.errors import Cancelled, DcctlError, Failed, NotAllowed
from dcctl.job import Job
from dcctl.sources.guestfish import must_be_usable
from dcctl.sources.resetting import reset
from libvirt_host.system_disk import ITS_OWN, LINKS, SYSTEM
from sources import guestfish_stand_in


@dataclass
class Guest:
    """A system in a folder, and the program that shows it as guestfish would."""

    folder: Path
    answers: dict[str, list[str]] = field(default_factory=dict)
    fails: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, content in {**SYSTEM, **ITS_OWN}.items():
            self.put(name, content)
        for name, target in LINKS.items():
            (self.root / name).symlink_to(target)
        self.program(
            f"exec {shlex.quote(sys.executable)} {guestfish_stand_in.__file__} {shlex.quote(str(self.folder))}"
        )

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin"}

    def put(self, name: str, content: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def program(self, line: str) -> None:
        path = self.folder / "bin" / "guestfish"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def reset(self, job: Job | None = None) -> None:
        facts = {
            "inspect-os": ["/dev/sda1"],
            "inspect-get-type": ["linux"],
            "inspect-get-mountpoints": ["/: /dev/sda1"],
            "list-filesystems": ["/dev/sda1: ext4"],
            "list-partitions": ["/dev/sda1"],
            "vfs-type": ["ext4"],
            "fails": self.fails,
            "ignored": self.ignored,
            **self.answers,
        }
        (self.folder / "facts.json").write_text(json.dumps(facts))
        reset(str(self.folder / "disk"), DiskFormat("qcow2", 1 << 30), "the disk of web", self.environ, job or Job())

    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()

    def files(self) -> dict[str, str]:
        return {str(path.relative_to(self.root)): path.read_text() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    return Guest(tmp_path)


def test_what_makes_it_one_machine_is_gone_and_all_else_is_there(guest: Guest) -> None:
    guest.reset()
    assert guest.files() == {**SYSTEM, "etc/machine-id": ""}
    assert list((guest.root / "var/lib/cloud").iterdir()) == []
    assert guest.asked()[-2:] == ["umount-all", "shutdown"]
    guest.reset()  # nothing is left to be done


def test_a_system_that_never_started_stays_one(guest: Guest) -> None:
    guest.put("etc/machine-id", "uninitialized\n")
    dbus = guest.root / "var/lib/dbus/machine-id"
    dbus.unlink()
    dbus.symlink_to("../../../etc/machine-id")
    guest.reset()
    assert (guest.root / "etc/machine-id").read_text() == "uninitialized\n"
    assert dbus.is_symlink()


def test_file_systems_that_are_needed_are_mounted_outer_ones_first_and_no_others(guest: Guest) -> None:
    points = ["/home: /dev/sda5", "/var/lib: /dev/vg/lib", "/: /dev/sda1", "/var: /dev/sda2", "/variant: /dev/sda6"]
    guest.answers["inspect-get-mountpoints"] = points
    guest.reset()
    mounts = ["mount /dev/sda1 /", "mount /dev/sda2 /var", "mount /dev/vg/lib /var/lib"]
    assert [line for line in guest.asked() if line.startswith("mount ")] == mounts * 2


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"inspect-os": [], "list-filesystems": []}, "no system was found on it, but no file system"),
        ({"inspect-os": [], "list-filesystems": ["/dev/sda: xfs"]}, "no system was found on it, but xfs"),
        ({"inspect-os": [], "list-filesystems": ["/dev/sda1: ext4"], "vfs-type": ["crypto_LUKS"]}, "encrypted"),
        ({"inspect-os": ["/dev/sda1", "/dev/sda2"]}, "several systems"),
        ({"inspect-get-type": ["windows"]}, "windows, not Linux"),
    ],
    ids=["nothing", "no system", "encrypted", "several", "windows"],
)
def test_a_disk_without_one_system_that_is_known_is_refused(
    guest: Guest, answers: dict[str, list[str]], words: str
) -> None:
    guest.answers = answers
    before = guest.files()
    with pytest.raises(NotAllowed, match=words) as refused:
        guest.reset()
    assert "leave out --reset" in str(refused.value.hint)
    assert guest.files() == before


@pytest.mark.parametrize(
    "name",
    [
        "etc/machine-id",
        "etc/ssh",
        "etc/ssh/ssh_host_ed25519_key",
        "var/lib/cloud",
        "var/lib/dbus/machine-id",
        "var/lib/systemd/random-seed",
        "var",
    ],
)
def test_links_lead_anywhere_and_nothing_is_touched(guest: Guest, name: str) -> None:
    path = guest.root / name
    elsewhere = guest.root / "srv" / path.name
    elsewhere.parent.mkdir()
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    before = guest.files()
    with pytest.raises(NotAllowed, match="is a link"):
        guest.reset()
    assert guest.files() == before


def test_what_is_left_all_the_same_is_a_failure(guest: Guest) -> None:
    guest.ignored = ("rm-rf",)
    with pytest.raises(Failed, match=r"/var/lib/cloud/data, /var/lib/cloud/instance, .* is left"):
        guest.reset()


@pytest.mark.parametrize(
    ("fails", "status", "message", "hint"),
    [
        ({"run": "/usr/bin/supermin exited with error status 1."}, 1, "supermin exited", "chmod"),
        ({"mount": "mount exited with status 32: bad superblock"}, 1, "bad superblock", "libguestfs-test-tool"),
        ({"rm": "Read-only file system"}, 1, "Read-only", "libguestfs-test-tool"),
        ({"truncate": "No space left on device"}, 10, "no space", "disk"),
        ({"shutdown": "\x1b[31mbad"}, 1, "shutdown: ", "libguestfs-test-tool"),
    ],
    ids=["machine", "mount", "read-only", "full", "end"],
)
def test_what_guestfish_says_is_wrong_is_told(
    guest: Guest, fails: dict[str, str], status: int, message: str, hint: str
) -> None:
    guest.fails = fails
    with pytest.raises(DcctlError, match=message) as failure:
        guest.reset()
    assert failure.value.exit_status == status
    assert hint in str(failure.value.hint)
    assert "\x1b" not in str(failure.value)


def test_a_program_that_ends_before_it_was_asked_is_told_with_its_last_words(guest: Guest) -> None:
    guest.program("exec 0<&-; echo guestfish: symbol lookup error >&2; exit 127")
    with pytest.raises(Failed, match="symbol lookup error"):
        guest.reset()


def test_whoever_does_not_wait_for_it_ends_what_it_started_and_lets_it_tidy_up(guest: Guest, tmp_path: Path) -> None:
    pid, tidied = tmp_path / "pid", tmp_path / "tidied"
    guest.program(f"sleep 100 & echo $! >{pid}.new; mv {pid}.new {pid}; wait; touch {tidied}")
    job = Job()

    def cancel() -> None:
        end = time.monotonic() + 60
        while not pid.exists() and time.monotonic() < end:
            time.sleep(0.02)
        job.cancel()

    thread = Thread(target=cancel, daemon=True)
    thread.start()
    with pytest.raises(Cancelled):
        guest.reset(job)
    thread.join()
    assert tidied.exists()
    child = Path("/proc", pid.read_text().strip(), "stat")
    until = time.monotonic() + 30
    with suppress(FileNotFoundError, ProcessLookupError):
        while child.read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < until
            time.sleep(0.02)


def test_a_program_that_is_missing_is_told_before_anything_is_begun(guest: Guest, tmp_path: Path) -> None:
    must_be_usable({**guest.environ, "SUPERMIN_KERNEL": "/somewhere"})
    with pytest.raises(Failed, match="guestfish was not found") as failure:
        must_be_usable({"PATH": str(tmp_path)})
    assert failure.value.hint == "install it: apt install guestfish"
