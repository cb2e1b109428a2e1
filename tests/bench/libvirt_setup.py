"""What the libvirt benchmarks share: a private host, a catalogue that names it, many domains."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import libvirt

from bench.setting import Setting
from libvirt_host.host import LibvirtHost


def environ(setting: Setting, uri: str) -> Mapping[str, str]:
    """The setting's environment with a catalogue whose only libvirt realm is the host at ``uri``."""
    catalogue = setting.home / "profiles.yaml"
    catalogue.write_text(
        "version: 1\n"
        "hardware_profiles:\n"
        "  tiny: {cpu: 1, memory: 192 MiB, storage: 1 GiB, architecture: x86_64}\n"
        "realms:\n"
        f"  bench: {{libvirt: {{uri: {quoteattr(uri)}}}}}\n"
    )
    return {**setting.environ, "DCCTL_DRIVER": "libvirt", "DCCTL_CATALOGUE": str(catalogue), "LIBVIRT_DEFAULT_URI": uri}


def dcctl(setting: Setting, variables: Mapping[str, str], *arguments: str) -> str:
    """What dcctl prints; CalledProcessError if it fails."""
    return subprocess.run(
        [setting.program("dcctl"), *arguments], env=dict(variables), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def define_domains(host: LibvirtHost, count: int, *, like: str | None = None, start: int = 0) -> list[str]:
    """Define domains that are off until there are ``count``; their names. ``like``: XML with ``{name}`` and ``{uuid}`` to fill in."""
    plain = (
        "<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64'>hvm</type></os></domain>"
    )
    connection = libvirt.open(host.uri)
    try:
        names = [f"filler-{number:05}" for number in range(start, count)]
        for name in names:
            identifier = str(uuid.uuid4())
            connection.defineXML((like or plain).replace("{name}", name).replace("{uuid}", identifier))
        return names
    finally:
        connection.close()


def undefine_domains(host: LibvirtHost, names: list[str]) -> None:
    connection = libvirt.open(host.uri)
    try:
        for name in names:
            connection.lookupByName(name).undefine()
    finally:
        connection.close()


def import_guest(setting: Setting, variables: Mapping[str, str], image: Path) -> None:
    dcctl(setting, variables, "image", "import", str(image), "--name", "tiny-guest")
