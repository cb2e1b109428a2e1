"""`variables`: what libguestfs needs on a machine without a kernel of its own, as containers are.

Its small machine is made of this machine's packages and a kernel; made once, it is kept outside the work tree.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from libvirt_host import cache

_KERNEL = "linux-image-cloud-amd64"

_MODULES = Path("/lib/modules")
"""supermin 5.2.2 looks at it, and fails without, although SUPERMIN_MODULES names another folder."""


class ApplianceUnavailable(Exception):
    """There is no kernel to be had; the text says why."""


def variables() -> dict[str, str]:
    """Variables of the environment of programs that use libguestfs. Raises `ApplianceUnavailable`."""
    if shutil.which("apt-get") is None:
        raise ApplianceUnavailable("no kernel for libguestfs: there is no apt")
    try:
        _MODULES.mkdir(exist_ok=True)
    except OSError as exc:
        raise ApplianceUnavailable(f"no machine for libguestfs: {exc}") from exc
    folder = cache.directory("libguestfs")
    tree = folder / _package()
    if not tree.exists():
        with tempfile.TemporaryDirectory(dir=folder, prefix="unpack-") as scratch:
            _unpack(Path(scratch), tree)
    (modules,) = (tree / "lib" / "modules").iterdir()
    (kernel,) = (tree / "boot").glob("vmlinuz-*")
    return {"SUPERMIN_KERNEL": str(kernel), "SUPERMIN_MODULES": str(modules), "LIBGUESTFS_CACHEDIR": str(folder)}


def _package() -> str:
    """The real package behind the one that always names the newest."""
    shown = _run("apt-cache", "--no-all-versions", "show", _KERNEL)
    depends = re.search(r"^Depends: (linux-image-\S+)", shown, re.MULTILINE)
    if depends is None:
        raise ApplianceUnavailable(f"no kernel for libguestfs: apt does not know {_KERNEL} (run apt-get update)")
    return depends[1]


def _unpack(scratch: Path, tree: Path) -> None:
    # As root apt would hand the download to its own user, who cannot write here.
    _run("apt-get", "-o", "APT::Sandbox::User=root", "download", tree.name, cwd=scratch)
    (package,) = scratch.glob("*.deb")
    unpacked = scratch / "unpacked"
    _run("dpkg-deb", "--extract", str(package), str(unpacked))
    (modules,) = (unpacked / "lib" / "modules").iterdir()
    _run("/sbin/depmod", "-b", str(unpacked), modules.name)
    try:
        unpacked.rename(tree)
    except OSError:
        if not tree.exists():  # else another test was faster
            raise


def _run(*argv: str, cwd: Path | None = None) -> str:
    done = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ApplianceUnavailable(f"no kernel for libguestfs: {' '.join(argv[:3])}: {done.stderr.strip()[-500:]}")
    return done.stdout
