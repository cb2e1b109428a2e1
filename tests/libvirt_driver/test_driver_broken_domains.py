"""A thousand domains of which some are broken, or called by names that nobody would type: a list shows all of them, and says why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest

from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost

COUNT = 1000

STRANGE = [
    "two words",
    " begins with a blank",
    "quotes ' and \"",
    "<b>markup<b> [red]",
    "a$(touch x)`b`;|&",
    "-n",
    "größe-日本-🐧",
    "right\u202eto left",
    "percent%s %d {} {0}",
    "a=b,c",
    "n" * 200,
]
"""Everything that libvirt accepts: it refuses a slash, a name of nothing and line ends."""

RECORD = "urn:dcctl:instance"


def domain_xml(name: str, record: str | None = None, disk: str | None = None) -> str:
    root = Element("domain", {"type": "qemu"})
    SubElement(root, "name").text = name
    SubElement(root, "uuid").text = str(uuid.uuid4())
    SubElement(root, "memory", {"unit": "MiB"}).text = "64"
    SubElement(root, "vcpu").text = "1"
    SubElement(SubElement(root, "os"), "type", {"arch": "x86_64"}).text = "hvm"
    if disk is not None:
        element = SubElement(SubElement(root, "devices"), "disk", {"type": "file", "device": "disk"})
        SubElement(element, "driver", {"name": "qemu", "type": "qcow2"})
        SubElement(element, "source", {"file": disk})
        SubElement(element, "target", {"dev": "vda", "bus": "virtio"})
    text = tostring(root, encoding="unicode")
    return text if record is None else text.replace("<memory", f"<metadata>{record}</metadata><memory", 1)


BROKEN = {
    "no-record": f"<d:instance xmlns:d='{RECORD}'/>",
    "half-a-record": f"<d:instance xmlns:d='{RECORD}' schema='x' uuid='' phase='on-the-moon'><d:facts/></d:instance>",
    "newer": (
        f"<d:instance xmlns:d='{RECORD}' schema='99' uuid='0' phase='ready' shape='round'><d:facts image='i' hwp='h'"
        " realm='lab' pool='default' created='yesterday'/></d:instance>"
    ),
}


@pytest.fixture
def crowd(libvirt_host: LibvirtHost) -> Iterator[None]:
    """Ordinary domains, broken ones among them, and those with strange names."""
    import libvirt

    texts = [domain_xml(f"crowd-{number}") for number in range(COUNT - len(BROKEN) - len(STRANGE) - 1)]
    texts += [domain_xml(name, record) for name, record in BROKEN.items()]
    texts += [domain_xml(name) for name in STRANGE]
    texts.append(domain_xml("no-disk", disk=f"{libvirt_host.pool_path}/gone.qcow2"))
    connection = libvirt.open(libvirt_host.uri)
    domains: list[Any] = []
    try:
        domains.extend(connection.defineXML(text) for text in texts)
        yield
    finally:
        for domain in domains:
            domain.undefine()
        connection.close()


def test_a_list_of_a_thousand_shows_also_the_broken_ones_and_nothing_is_done_to_them(
    command: Command, crowd: None
) -> None:
    """kcli#465, kcli#674, cockpit#14001: one strange guest breaks the list of all"""
    for _ in range(2):  # with a cold index, and with a warm one
        listed = command("instance", "list", "-o", "json").json
        assert len(listed) == COUNT
        found = {row["name"]: row for row in listed}
        assert set(STRANGE) | set(BROKEN) | {"no-disk"} <= set(found)
        assert {row["state"] for row in listed} == {"stopped"}
    for name in BROKEN:
        refused = command.run("instance", "destroy", name, "--yes", "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (5, "not-allowed"), refused.stderr
    without_disk = command.run("instance", "start", "no-disk", "-o", "json")
    assert (without_disk.exit_status, without_disk.error["code"]) == (1, "failed")
    assert "gone.qcow2" in without_disk.error["message"]


def test_strange_names_are_shown_whole_and_can_be_named(command: Command, crowd: None) -> None:
    for name in STRANGE:
        shown = command("instance", "show", "-o", "json", "--", name).json
        assert shown["name"] == name
    handles = set(command("instance", "list", "-q").stdout.split("\n"))
    # What blanks or control characters would take apart is called by its id.
    ids = {row["id"] for row in command("instance", "list", "-o", "json").json if row["name"] in STRANGE}
    assert {"a=b,c", "größe-日本-🐧", "n" * 200} <= handles
    assert len(handles & ids) == len([name for name in STRANGE if name.split() != [name] or not name.isprintable()])
    command.environ["LC_ALL"] = "C"
    command.environ["PYTHONUTF8"] = "0"
    command.environ["PYTHONCOERCECLOCALE"] = "0"
    assert len(command("instance", "list", "--no-header").stdout.splitlines()) == COUNT
