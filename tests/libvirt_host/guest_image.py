"""`build`: a bootable guest of about 20 MB, made from distribution packages, without root and without mounts.

The guest is a Debian cloud kernel, busybox, dropbear, sftp-server and qemu-guest-agent in an initramfs, started by syslinux from
the first partition; the second, ext4, is /data and survives a reboot. It reads a NoCloud seed from a disk labelled
cidata (`guest/root/sbin/seed-read` says what it understands), takes addresses by DHCP on every interface, lets root in
by ssh with the seed's keys, powers off when the power button is pressed, and says on ttyS0 what it does.

The image is kept outside the work tree under the hash of the recipe and of all package versions.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from libvirt_host import boot_disk, cache
from libvirt_host.program import GuestUnavailable, run

_APT_LISTS = Path("/var/lib/apt/lists")
_RECIPE = Path(__file__).parent / "guest"
_KERNEL = "linux-image-cloud-amd64"
_PACKAGES = (
    "busybox-static",
    "dropbear-bin",
    "openssh-sftp-server",
    "qemu-guest-agent",
    # libraries of those above; what they need of them is found by the dynamic linker
    "libc6",
    "libcrypt1",
    "libglib2.0-0",
    "libgmp10",
    "libnuma1",
    "libpcre2-8-0",
    "libtomcrypt1",
    "libtommath1",
    "libudev1",
    "liburing2",
    "zlib1g",
    *boot_disk.PACKAGES,
)
_PROGRAMS = (
    "usr/sbin/dropbear",
    "usr/bin/dropbearkey",
    "usr/bin/dropbearconvert",
    "usr/sbin/qemu-ga",
    "usr/lib/sftp-server",
)
_FOLDERS = (
    "bin",
    "data",
    "dev",
    "etc",
    "lib",
    "proc",
    "root",
    "run",
    "sbin",
    "sys",
    "tmp",
    "usr/bin",
    "usr/lib",
    "usr/sbin",
    "var",
)

_KEEP_SECONDS = 14 * 24 * 3600

_BOOT_MIB = 40
_DATA_MIB = 32


def build() -> Path:
    """The guest as a qcow2 image, built if there is none of this recipe and these package versions yet."""
    folder = cache.directory("guest")
    recipe = _recipe_hash()
    with cache.lock(folder):
        versions = _versions(folder / "versions.json")
        if not versions:
            # No package lists: an image of this recipe from earlier times is as good.
            older = sorted(folder.glob(f"guest-{recipe}-*.qcow2"), key=os.path.getmtime)
            if older:
                return older[-1]
            raise GuestUnavailable("no guest image: apt knows no packages (run apt-get update)")
        digest = hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()[:12]
        image = folder / f"guest-{recipe}-{digest}.qcow2"
        if not image.exists():
            with tempfile.TemporaryDirectory(dir=folder, prefix="build-") as scratch:
                _build(Path(scratch), image, versions)
            _prune(folder)
        os.utime(image)
        return image


def _build(scratch: Path, image: Path, versions: dict[str, str]) -> None:
    unpacked = _unpack(scratch, versions)
    root = scratch / "root"
    _fill_root(root, unpacked)
    _pack_initramfs(root, unpacked / "bin" / "busybox", scratch / "initrd")
    (kernel,) = (unpacked / "boot").glob("vmlinuz-*")
    disk = scratch / "disk"
    boot = boot_disk.Boot(kernel, scratch / "initrd", _RECIPE / "syslinux.cfg", _BOOT_MIB)
    boot_disk.write(disk, boot, _make_data(scratch), unpacked)
    finished = scratch / "qcow2"
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", "compat=1.1", str(disk), str(finished))
    finished.chmod(0o644)
    finished.rename(image)


def _prune(folder: Path) -> None:
    """Remove images that nobody has asked for in two weeks."""
    for path in folder.glob("guest-*.qcow2"):
        if path.stat().st_mtime < time.time() - _KEEP_SECONDS:
            path.unlink()


# -- packages ---------------------------------------------------------------------------------------------------------


def _versions(memo: Path) -> dict[str, str]:
    """The candidate version of every package, the kernel's real package included; empty without package lists.

    Apt may take a second for the answer; `memo` keeps it until apt's lists change.
    """
    if shutil.which("apt-cache") is None:
        raise GuestUnavailable("no guest image: it is made from Debian packages, and there is no apt")
    stamp = [
        _recipe_hash(),
        *sorted(f"{path.name} {path.stat().st_mtime_ns}" for path in _APT_LISTS.glob("*Packages*")),
    ]
    try:
        remembered = json.loads(memo.read_text())
    except (FileNotFoundError, ValueError):
        remembered = None
    if remembered is not None and remembered["stamp"] == stamp:
        versions: dict[str, str] = remembered["versions"]
        return versions
    versions = _ask_apt()
    memo.write_text(json.dumps({"stamp": stamp, "versions": versions}))
    return versions


def _ask_apt() -> dict[str, str]:
    kernel = run("apt-cache", "--no-all-versions", "show", _KERNEL, check=False)
    depends = re.search(r"^Depends: (linux-image-\S+)", kernel, re.MULTILINE)
    if depends is None:
        return {}
    names = [depends[1], *_PACKAGES]
    shown = run("apt-cache", "--no-all-versions", "show", *names, check=False)
    versions = dict(re.findall(r"^Package: (\S+)\n(?:.*\n)*?Version: (\S+)$", shown, re.MULTILINE))
    missing = [name for name in names if name not in versions]
    if missing:
        raise GuestUnavailable(f"no guest image: apt does not know {', '.join(missing)}")
    return versions


def _unpack(scratch: Path, versions: dict[str, str]) -> Path:
    packages = scratch / "packages"
    packages.mkdir()
    # As root apt would hand the download to its own user, who cannot write here.
    run(
        "apt-get",
        "-o",
        "APT::Sandbox::User=root",
        "download",
        *(f"{name}={version}" for name, version in versions.items()),
        cwd=packages,
    )
    unpacked = scratch / "unpacked"
    for package in packages.glob("*.deb"):
        run("dpkg-deb", "--extract", str(package), str(unpacked))
    return unpacked


# -- the initramfs ----------------------------------------------------------------------------------------------------


def _fill_root(root: Path, unpacked: Path) -> None:
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
    busybox = root / "bin" / "busybox"
    shutil.copy(unpacked / "bin" / "busybox", busybox)
    for path in run(str(busybox), "--list-full").split():
        link = root / path
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to("/bin/busybox")
    for program in _PROGRAMS:
        shutil.copy(unpacked / program, root / program)
    for library in _libraries(unpacked):
        target = root / "lib" / library.name
        shutil.copy(library, target)
    (root / "lib64").symlink_to("lib")
    (root / "var" / "run").symlink_to("/run")
    _copy_modules(root / "lib" / "modules", unpacked)
    shutil.copytree(_RECIPE / "root", root, dirs_exist_ok=True, copy_function=_copy_over_link)
    (root / "init").symlink_to("/bin/busybox")
    for file in root.rglob("*"):
        if file.is_file() and not file.is_symlink():
            runs = file.read_bytes().startswith((b"#!", b"\x7fELF"))
            file.chmod(0o755 if runs else 0o644)


def _copy_over_link(source: str, target: str) -> None:
    """Copy, replacing a link to busybox instead of writing through it."""
    Path(target).unlink(missing_ok=True)
    shutil.copyfile(source, target)


def _libraries(unpacked: Path) -> Iterable[Path]:
    """All shared libraries of the guest's programs, as its own dynamic linker finds them among the packages."""
    folders = [unpacked / "lib" / "x86_64-linux-gnu", unpacked / "usr" / "lib" / "x86_64-linux-gnu"]
    linker = folders[0] / "ld-linux-x86-64.so.2"
    found = {linker.name: linker}
    for program in _PROGRAMS:
        path = ":".join(map(str, folders))
        listing = run(str(linker), "--library-path", path, "--list", str(unpacked / program))
        for name, library in re.findall(r"(\S+) => (\S+)", listing):
            if not Path(library).is_relative_to(unpacked):
                raise GuestUnavailable(f"no guest image: {program} needs {name}, which no package of the recipe has")
            found[name] = Path(library)
    return [path.parent / name for name, path in found.items()]


def _copy_modules(target: Path, unpacked: Path) -> None:
    """The kernel modules of the recipe, flat, and `order`: a file that names them so that each finds what it needs."""
    (tree,) = (unpacked / "lib" / "modules").iterdir()
    run(str(unpacked / "bin" / "busybox"), "depmod", "-b", str(unpacked), tree.name)
    needs: dict[str, list[str]] = {}
    paths: dict[str, Path] = {}
    for line in (tree / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        name = _module_name(path)
        needs[name], paths[name] = [_module_name(other) for other in rest.split()], tree / path
    order: list[str] = []

    def add(name: str) -> None:
        for other in needs[name]:
            add(other)
        if name not in order:
            order.append(name)

    built_in = {_module_name(line) for line in (tree / "modules.builtin").read_text().split()}
    for name in (_RECIPE / "modules").read_text().split():
        if name not in built_in:
            add(name)
    target.mkdir()
    for name in order:
        shutil.copy(paths[name], target / f"{name}.ko")
    (target / "order").write_text("".join(f"{name}.ko\n" for name in order))


def _module_name(path: str) -> str:
    return Path(path).name.partition(".")[0].replace("-", "_")


def _pack_initramfs(root: Path, busybox: Path, target: Path) -> None:
    names = "\n".join(sorted(str(path.relative_to(root)) for path in root.rglob("*")))
    with target.open("wb") as handle:
        subprocess.run(
            [str(busybox), "cpio", "-o", "-H", "newc", "-R", "0:0"],
            cwd=root,
            input=names.encode(),
            stdout=handle,
            stderr=subprocess.DEVNULL,
            check=True,
        )


# -- the disk ---------------------------------------------------------------------------------------------------------


def _make_data(scratch: Path) -> Path:
    data = scratch / "data"
    with data.open("wb") as handle:
        handle.truncate(_DATA_MIB << 20)
    run(
        "mke2fs",
        "-q",
        "-t",
        "ext4",
        "-L",
        "dcctl-data",
        "-m",
        "0",
        str(data),
        environment={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
    )
    return data


def _recipe_hash() -> str:
    digest = hashlib.sha256()
    for path in (
        Path(__file__),
        Path(boot_disk.__file__),
        *sorted(path for path in _RECIPE.rglob("*") if path.is_file()),
    ):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]
