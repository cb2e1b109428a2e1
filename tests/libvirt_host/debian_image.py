"""`build`: a whole Debian as clouds have it, with systemd, cloud-init, OpenSSH and qemu-guest-agent, of about 200 MB.

Made by mmdebstrap(1) of the release that this machine runs, from where this machine has its packages, so it needs root; no mounts
outlive it. The image is kept outside the work tree for two weeks.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
import time
from pathlib import Path

from libvirt_host import boot_disk, cache
from libvirt_host.program import GuestUnavailable, run

_KEEP_SECONDS = 14 * 24 * 3600

_BOOT_MIB = 64
_ROOT_MIB = 1280
"""The root file system: it grows into what an instance's disk has beyond that, as cloud images do."""

_INCLUDED = (
    "linux-image-cloud-amd64",
    "cloud-guest-utils",
    "cloud-init",
    "dbus",
    "e2fsprogs",
    "fdisk",
    "iproute2",
    "libpam-systemd",
    "netplan.io",
    "openssh-server",
    "qemu-guest-agent",
    "sudo",
    "systemd-resolved",
    "systemd-sysv",
)
# Nobody reads manuals there, and each file costs time.
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")

_KERNEL_OPTIONS = "root=LABEL=root ro console=tty0 console=ttyS0,115200"
_SYSLINUX = f"""\
DEFAULT linux
PROMPT 0
LABEL linux
  KERNEL vmlinuz
  APPEND initrd=initrd {_KERNEL_OPTIONS}
"""
# https://uapi-group.org/specifications/specs/boot_loader_specification/, for systemd-boot
_UEFI_ENTRY = f"""\
title Debian
linux /vmlinuz
initrd /initrd
options {_KERNEL_OPTIONS}
"""
_UEFI_LOADER = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
"""Debian's keys; from release 13 on apt itself does not trust them without being told."""

_TARGET = "deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
_FETCHING = ("Acquire::http::", "Acquire::https::", "Acquire::ftp::", "Acquire::Check-")


def build() -> Path:
    """The image as a compressed qcow2 file. Raises `GuestUnavailable` with the reason."""
    release = platform.freedesktop_os_release()
    if release["ID"] != "debian":
        raise GuestUnavailable("no Debian guest: this machine runs something else")
    codename = release["VERSION_CODENAME"]
    folder = cache.directory("debian")
    with cache.lock(folder):
        image = folder / f"debian-{codename}-{_recipe_hash()}.qcow2"
        if not _is_fresh(image):
            for left in folder.glob("build-*"):  # of a run that was killed, a gigabyte
                shutil.rmtree(left)
            with tempfile.TemporaryDirectory(dir=folder, prefix="build-") as scratch:
                _build(Path(scratch), codename, image)
            for other in folder.glob("debian-*.qcow2"):
                if not _is_fresh(other):
                    other.unlink()
        return image


def _is_fresh(image: Path) -> bool:
    return image.exists() and image.stat().st_mtime > time.time() - _KEEP_SECONDS


def _build(scratch: Path, codename: str, image: Path) -> None:
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        raise GuestUnavailable("no Debian guest: it needs root and mmdebstrap")
    root, settings = scratch / "root", scratch / "apt.conf"
    settings.write_text(_apt_settings())
    options = [f"--include={','.join(_INCLUDED)}", f"--aptopt={settings}"]
    options += [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    if os.path.exists(_KEYRING):
        options.append(f"--keyring={_KEYRING}")
    run("mmdebstrap", "--mode=root", "--variant=minbase", *options, codename, str(root), *_sources(codename))
    kernel, initrd = (_only(root, f"boot/{name}-*").rename(scratch / name) for name in ("vmlinuz", "initrd.img"))
    _make_general(root)
    disk, tools = scratch / "disk", _tools(scratch)
    boot_disk.write(disk, _boot(scratch, kernel, initrd, tools), _file_system(scratch, root), tools)
    finished = scratch / "qcow2"
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", str(disk), str(finished))
    finished.chmod(0o644)
    finished.rename(image)


def _boot(scratch: Path, kernel: Path, initrd: Path, tools: Path) -> boot_disk.Boot:
    configuration, entry = scratch / "syslinux.cfg", scratch / "linux.conf"
    configuration.write_text(_SYSLINUX)
    entry.write_text(_UEFI_ENTRY)
    for_uefi = {"EFI/BOOT/BOOTX64.EFI": tools / _UEFI_LOADER, "loader/entries/linux.conf": entry}
    return boot_disk.Boot(kernel, initrd, configuration, _BOOT_MIB, for_uefi)


def _sources(codename: str) -> list[str]:
    """Where this machine has the release and its updates from, as lines of a sources.list; nothing else that it knows."""
    asked = run("apt-get", "indextargets", "--format", _TARGET, "Created-By: Packages", "Origin: Debian").splitlines()
    known = sorted({line for line in asked if line.split()[2].partition("-")[0] == codename})
    if not any(line.split()[2] == codename for line in known):
        raise GuestUnavailable(f"no Debian guest: apt knows no packages of {codename} (run apt-get update)")
    return known


def _apt_settings() -> str:
    """How this machine's apt fetches: proxies and the like."""
    said = run("apt-config", "dump").splitlines()
    return "".join(f"{line}\n" for line in said if line.startswith(_FETCHING)) + 'Acquire::Retries "3";\n'


def _only(root: Path, pattern: str) -> Path:
    (path,) = root.glob(pattern)
    return path


def _make_general(root: Path) -> None:
    """What every instance has for itself is made by its first boot."""
    (root / "etc/fstab").write_text("LABEL=root / ext4 errors=remount-ro 0 1\n")
    (root / "etc/machine-id").write_text("uninitialized\n")
    (root / "etc/cloud/cloud.cfg.d/05_locale.cfg").write_text("locale: false\n")  # C.UTF-8, which needs no making
    for key in root.glob("etc/ssh/ssh_host_*"):
        key.unlink()


def _file_system(scratch: Path, root: Path) -> Path:
    path = scratch / "root.ext4"
    with path.open("wb") as handle:
        handle.truncate(_ROOT_MIB << 20)
    tools = {"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}
    run("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(root), str(path), environment=tools)
    return path


def _tools(scratch: Path) -> Path:
    packages, unpacked = scratch / "packages", scratch / "unpacked"
    packages.mkdir()
    # As root apt would hand the download to its own user, who cannot write here.
    run("apt-get", "-o", "APT::Sandbox::User=root", "download", *boot_disk.PACKAGES, "systemd-boot-efi", cwd=packages)
    for package in packages.glob("*.deb"):
        run("dpkg-deb", "--extract", str(package), str(unpacked))
    return unpacked


def _recipe_hash() -> str:
    recipe = b"".join(Path(path).read_bytes() for path in (__file__, boot_disk.__file__))
    return hashlib.sha256(recipe).hexdigest()[:12]
