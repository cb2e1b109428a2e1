"""The Debian packages behind the tests with a real libvirt: `python -m libvirt_host.packages` installs what is missing.

Says nothing and takes a few milliseconds if everything is there. Without root and sudo it prints what to install and
fails. Services that packages bring are kept from starting, as the tests start their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

PACKAGES = {
    "dnsmasq-base": "addresses for guests",
    "e2fsprogs": "the guest's data disk",
    "gcc": "building libvirt-python",
    "iproute2": "looking at the private network",
    "iptables": "libvirt's NAT network",
    "libc6-dev": "building libvirt-python",
    "libvirt-clients": "virsh",
    "libvirt-daemon": "libvirtd and virtlogd",
    "libvirt-daemon-driver-qemu": "the driver under test",
    "libvirt-daemon-system": "the users and groups that libvirt runs guests with",
    "libvirt-dev": "building libvirt-python",
    "mandoc": "checking manual pages",
    "openssh-client": "ssh into guests",
    "pkg-config": "building libvirt-python",
    "qemu-system-x86": "guests",
    "qemu-utils": "images",
    "util-linux": "nsenter, setpriv and mount",
}

_STATUS = Path("/var/lib/dpkg/status")
_POLICY = Path("/usr/sbin/policy-rc.d")


def missing(names: Iterable[str] = PACKAGES) -> list[str]:
    """Those of `names` that are not installed. Reads dpkg's own file: a dpkg-query takes longer than all the rest."""
    installed = set()
    name = ""
    with _STATUS.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("Package: "):
                name = line[9:].strip()
            elif line.startswith("Status: ") and line.endswith(" installed\n"):
                installed.add(name)
    # pkg-config is provided by pkgconf in later releases.
    if "pkgconf" in installed:
        installed.add("pkg-config")
    return [name for name in names if name not in installed]


def install(names: list[str]) -> None:
    """Install packages; CalledProcessError if apt fails, after it has said why."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    with tempfile.TemporaryDirectory() as folder:
        apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *_without_services(Path(folder), sudo), "apt-get", "-qq"]
        packages = ["install", "--yes", "--no-install-recommends", *names]
        if subprocess.run([*apt, *packages], check=False, stdout=subprocess.DEVNULL).returncode != 0:
            subprocess.run([*apt, "update"], check=True)
            subprocess.run([*apt, *packages], check=True, stdout=subprocess.DEVNULL)


def _without_services(folder: Path, sudo: list[str]) -> list[str]:
    """A prefix for a command: while it runs, no package starts a service.

    In a mount namespace of its own, so that the machine's policy is untouched even if we are killed. Where systemd
    runs, a package's units may be started past the policy; then they are the machine's, not ours.
    """
    if _POLICY.exists():
        return []
    policy = folder / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    script = 'touch "$2" && mount --bind "$1" "$2" && shift 2 && exec "$@"'
    subprocess.run([*sudo, "true"], check=True)
    return ["unshare", "--mount", "sh", "-c", script, "sh", str(policy), str(_POLICY)]


def main() -> int:
    if not _STATUS.exists() or shutil.which("apt-get") is None:
        print("not a Debian system: install the counterparts of", ", ".join(PACKAGES), file=sys.stderr)
        return 1
    names = missing()
    if not names:
        return 0
    if os.geteuid() != 0 and shutil.which("sudo") is None:
        print("missing packages, to be installed by root:", file=sys.stderr)
        print("  apt-get install --no-install-recommends", *names, file=sys.stderr)
        return 1
    print("installing", ", ".join(names), file=sys.stderr)
    try:
        install(names)
    except subprocess.CalledProcessError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
