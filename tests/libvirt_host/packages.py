"""The Debian packages behind the tests with a real libvirt: `python -m libvirt_host.packages` installs what is missing.

Says nothing and takes a few milliseconds if everything is there. Without root and sudo it prints what to install and
fails. Services that packages bring are kept from starting, as the tests start their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

PACKAGES = {
    "bzip2": "packed images",
    "dnsmasq-base": "addresses for guests",
    "e2fsprogs": "the guest's data disk",
    "fish": "completion",
    "gcc": "building libvirt-python",
    "graphviz": "the state machine as a picture",
    "guestfish": "images that are reset",
    "iproute2": "looking at the private network",
    "iptables": "libvirt's NAT network",
    "jq": "the README's lines for scripts",
    "libc6-dev": "building libvirt-python",
    "libvirt-clients": "virsh",
    "libvirt-daemon": "libvirtd and virtlogd",
    "libvirt-daemon-driver-qemu": "the driver under test",
    "libvirt-daemon-system": "the users and groups that libvirt runs guests with",
    "libvirt-dev": "building libvirt-python",
    "mandoc": "checking manual pages",
    "mmdebstrap": "a guest with all of Debian",
    "openssh-client": "ssh into guests",
    "openssl": "hashing passwords",
    "openssh-server": "a host that is reached over ssh",
    "ovmf": "guests with UEFI",
    "pkg-config": "building libvirt-python",
    "python3": "real cloud-init, which reads seeds",
    "python3-configobj": "real cloud-init",
    "python3-jinja2": "real cloud-init",
    "python3-jsonpatch": "real cloud-init",
    "python3-jsonschema": "real cloud-init",
    "python3-netifaces": "real cloud-init",
    "python3-oauthlib": "real cloud-init",
    "python3-requests": "real cloud-init",
    "python3-serial": "real cloud-init",
    "python3-yaml": "real cloud-init",
    "qemu-efi-aarch64": "guests of another architecture",
    "qemu-system-arm": "guests of another architecture",
    "qemu-system-x86": "guests",
    "qemu-utils": "images",
    "swtpm": "guests with a TPM",
    "swtpm-tools": "guests with a TPM",
    "util-linux": "nsenter, setpriv and mount",
    "xz-utils": "packed images",
    "zsh": "completion",
    "zstd": "packed images",
}

_STATUS = Path("/var/lib/dpkg/status")


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


# The trap removes the policy even if apt is interrupted; a policy that the machine has already stays as it is.
_INSTALL = """\
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT INT TERM HUP
    printf '#!/bin/sh\\nexit 101\\n' >$policy
    chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install --yes --no-install-recommends "$@" >/dev/null && exit
apt-get -qq update && apt-get -qq install --yes --no-install-recommends "$@" >/dev/null
"""


def install(names: list[str]) -> None:
    """Install packages; CalledProcessError if apt fails, after it has said why."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    subprocess.run([*sudo, "sh", "-c", _INSTALL, "sh", *names], check=True)


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
