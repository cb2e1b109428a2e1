"""Listing 1,000 defined domains that dcctl made, with image and profile, beside ``virsh list --all``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping

from bench import libvirt_setup
from bench.measure import Candidate, compare, table
from bench.setting import Setting
from libvirt_host import guest_image
from libvirt_host.host import LibvirtHost

DOMAINS = 1000


def run(setting: Setting) -> str:
    image = guest_image.build()
    with LibvirtHost() as host:
        variables = libvirt_setup.environ(setting, host.uri)
        libvirt_setup.import_guest(setting, variables, image)
        pattern = pattern_of(setting, variables, host)
        libvirt_setup.define_domains(host, DOMAINS, like=pattern)
        index = setting.home / "cache"
        listing = ["instances", "list", "-c", "name,state,image,hwp"]

        def forget() -> None:
            shutil.rmtree(index, ignore_errors=True)

        dcctl = setting.program("dcctl")
        candidates = [
            Candidate(f"virsh list --all ({DOMAINS} domains)", ["virsh", "-c", host.uri, "list", "--all"], variables),
            Candidate("dcctl instances list, warm index", [dcctl, *listing], variables, limit=0.8, limit_mib=60),
            Candidate(
                "dcctl instances list -o json, warm",
                [dcctl, "instances", "list", "-o", "json"],
                variables,
                limit_mib=60,
            ),
        ]
        warm = compare(candidates, rounds=setting.rounds)
        cold = compare(
            [
                candidates[0],
                Candidate("dcctl instances list, cold index", [dcctl, *listing], variables, prepare=forget),
            ],
            rounds=max(3, setting.rounds // 3),
            warm_ups=1,
        )
        return table("libvirt: list", [*warm, cold[1]])


def pattern_of(setting: Setting, variables: Mapping[str, str], host: LibvirtHost) -> str:
    """The XML of an instance that dcctl made, with name, uuid and MAC left open, so that copies look like dcctl's own."""
    create = ["instance", "create", "--image", "tiny-guest", "--hwp", "tiny", "--name", "pattern"]
    libvirt_setup.dcctl(setting, variables, *create)
    text = host.virsh("dumpxml", "--inactive", "pattern")
    identifier = host.virsh("domuuid", "pattern").strip()
    libvirt_setup.dcctl(setting, variables, "instance", "destroy", "pattern", "--force", "--power-off", "--yes")
    text = re.sub(r"<mac address=[^>]*/>", "", text)
    return text.replace(identifier, "{uuid}").replace("<name>pattern</name>", "<name>{name}</name>")
